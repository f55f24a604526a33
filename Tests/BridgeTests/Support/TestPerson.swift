import Bridge
import DeviceProtocol
import Secrets
import Synchronization
import Verification

/// A person who answers when the test says so, and who can be interrupted at every question.
final class TestPerson: Holder, HolderSource {
    /// What the person does at the next question.
    enum Answer: Sendable {
        case pin(String)
        case refusal(HolderError)
        case yes
    }

    private struct State {
        var answers: [Answer] = []
        var asked: [PINRequest] = []
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// All questions for a PIN so far.
    var asked: [PINRequest] { state.withLock { $0.asked } }

    /// Answers the question that is asked now, or the next one.
    func answer(_ answer: Answer) {
        let waiter = state.withLock { state in
            state.answers.append(answer)
            return state.waiter.take()
        }
        waiter?.resume()
    }

    func holder(for operation: Verification.Operation?, on device: DeviceDescriptor) -> any Holder { self }

    func show(_ prompt: Prompt) async {}

    func consent(to summary: Summary) async throws(HolderError) { _ = try await next() }

    func permitsLastTry(_ request: PINRequest) async throws(HolderError) -> Bool { if case .yes = try await next() { true } else { false } }

    func pin(for request: PINRequest) async throws(HolderError) -> PIN {
        state.withLock { $0.asked.append(request) }
        guard case .pin(let digits) = try await next(), let bytes = try? SecretBytes.copying(digits.utf8) else { throw .unavailable }
        return PIN(bytes)
    }

    private func next() async throws(HolderError) -> Answer {
        while true {
            if Task.isCancelled { throw .cancelled }
            if let answer = state.withLock({ $0.answers.isEmpty ? nil : $0.answers.removeFirst() }) {
                if case .refusal(let error) = answer { throw error }
                return answer
            }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let isLate = state.withLock { state in
                        guard state.answers.isEmpty, !Task.isCancelled else { return true }
                        state.waiter = continuation
                        return false
                    }
                    if isLate { continuation.resume() }
                }
            } onCancel: {
                state.withLock { $0.waiter.take() }?.resume()
            }
        }
    }
}
