import DeviceProtocol
import Foundation
import PINEntry
import Secrets
import Synchronization

/// Who stands before the device that this program is: a person at the terminal, or a script that has said beforehand what they
/// would.
final class Person: Holder {
    private let agrees: Bool
    private let known: KnownPIN?
    private let terminal = TerminalHolder()
    private let unasked = Mutex<Failure?>(nil)

    /// - Parameters:
    ///   - agrees: whether they agree without being asked.
    ///   - known: the PIN, where it was given beforehand.
    init(agrees: Bool, pin known: KnownPIN? = nil) {
        self.agrees = agrees
        self.known = known
    }

    /// What could not be asked, and how it is answered beforehand.
    var trouble: Failure? { unasked.withLock { $0 } }

    /// This program is the device: what that shows comes with the question, or in the place of one.
    func show(_ prompt: Prompt) async {
        if case .confirmOnDevice = prompt { return }
        await terminal.show(prompt)
    }

    func consent(to summary: Summary) async throws(HolderError) {
        guard !agrees else { return terminal.display(summary) }
        do { try await terminal.consent(to: summary) } catch {
            note(error, "there is no terminal to agree on", "use --yes")
            throw error
        }
    }

    func pin(for request: PINRequest) async throws(HolderError) -> PIN {
        if let known {
            if request.isFirst { terminal.display(request.summary) }
            do { return try known.pin() } catch { throw .unavailable }
        }
        // The terminal shows what a PIN is asked for, and not what a new one is chosen for.
        if case .new = request.wanted { terminal.display(request.summary) }
        do { return try await terminal.pin(for: request) } catch {
            note(error, "there is no terminal to type the PIN on", "use --pin-file FILE or --pin-variable NAME")
            throw error
        }
    }

    private func note(_ error: HolderError, _ message: String, _ hint: String) {
        guard error == .unavailable else { return }
        unasked.withLock { $0 = Failure(message, hint: hint, exit: .environment) }
    }
}

extension PINRequest {
    /// Whether the operation was not shown with an earlier question.
    fileprivate var isFirst: Bool { if case .newAgain = wanted { false } else { true } }
}
