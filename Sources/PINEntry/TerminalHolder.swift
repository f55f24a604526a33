public import DeviceProtocol
import Glibc
import Secrets

/// A person at a terminal, or a script behind a pipe: prompts go to one descriptor, answers come from another.
///
/// On a terminal the PIN is not echoed; from a pipe it is one line. Either way it is read with `read(2)` straight onto a
/// locked page. Whoever else asks at the same terminal waits until the answer is there, as long as a question may wait.
public struct TerminalHolder: Holder {
    /// How long a question waits for the person.
    public let patience: Duration
    private let input: LineInput
    private let output: Int32

    /// A person.
    ///
    /// - Parameters:
    ///   - input: the descriptor that answers come from; standard input by default.
    ///   - output: the descriptor that questions go to; standard error by default, so that standard output stays data.
    ///   - patience: how long a question waits; two minutes by default.
    public init(input: Int32 = 0, output: Int32 = 2, patience: Duration = .seconds(120)) {
        self.input = LineInput(descriptor: input)
        self.output = output
        self.patience = patience
    }

    /// Writes what has to be done elsewhere, with the operation where there is one.
    public func show(_ prompt: Prompt) async {
        switch prompt {
        case .insertCard(let reader): write("Insert a card into \"\(reader)\".\n")
        case .enterPINOnPinpad(let request):
            let operation = request.previousWasWrong ? "Wrong PIN.\n" : text(of: request.summary)
            let more = if case .new(_, let form) = request.wanted { ", then twice the new one (\(form))" } else { "" }
            let place = "on the keys of the reader \"\(request.device)\""
            write(operation + "Enter the \(request.name) \(place)\(tries(of: request))\(more), not here.\n")
        case .confirmOnDevice(let summary): write(text(of: summary) + "Compare with the device's display, and confirm there.\n")
        }
    }

    /// Writes the operation alone, for a program that is the device and asks nothing.
    public func display(_ summary: Summary) { write(text(of: summary)) }

    /// Shows the operation and takes a plain `y` or `yes` for agreement.
    ///
    /// - Throws: `declined` for any other answer; `timedOut`, `cancelled`, `unavailable`.
    public func consent(to summary: Summary) async throws(HolderError) {
        let turn = try await TerminalTurn.taken(at: input.descriptor, within: patience)
        defer { turn.leave() }
        guard try await isYes(to: text(of: summary) + "Agree? [y/N] ", echo: true) else { throw .declined }
    }

    /// Shows the operation and reads one line without echo.
    ///
    /// Behind a pipe nobody corrects a wrong PIN: the next line was written before anybody knew, perhaps the same PIN for the next key.
    ///
    /// - Throws: `cancelled` for an empty line; `timedOut`, `unavailable`.
    public func pin(for request: PINRequest) async throws(HolderError) -> PIN {
        guard !request.previousWasWrong || input.isTerminal else { throw .unavailable }
        let turn = try await TerminalTurn.taken(at: input.descriptor, within: patience)
        defer { turn.leave() }
        let question =
            switch request.wanted {
            case .present(let name):
                (request.previousWasWrong ? "Wrong \(name).\n" : text(of: request.summary))
                    + "\(name) of \(request.device)\(tries(of: request)): "
            case .new(let name, let form): "New \(name) (\(form)): "
            case .newAgain(let name): "New \(name) again: "
            }
        // Without an echo, and from a pipe, nobody has ended the question's line yet.
        defer { write("\n") }
        let typed = try await input.line(echo: false, within: patience) { write(question) }
        guard typed.count > 0 else { throw .cancelled }
        return PIN(typed)
    }

    /// Says what is at stake and takes a plain `y` or `yes` for permission; behind a pipe not after a wrong PIN, whose next line is no answer.
    ///
    /// - Throws: `timedOut`, `cancelled`, `unavailable`.
    public func permitsLastTry(_ request: PINRequest) async throws(HolderError) -> Bool {
        guard !request.previousWasWrong || input.isTerminal else { throw .unavailable }
        let turn = try await TerminalTurn.taken(at: input.descriptor, within: patience)
        defer { turn.leave() }
        return try await isYes(to: "\(request.stake) Use it? y or n, not the \(request.name): ", echo: false)
    }

    /// - Parameter echo: off where somebody may type the PIN from habit.
    private func isYes(to question: String, echo: Bool) async throws(HolderError) -> Bool {
        let answer: SecretBytes
        do { answer = try await input.line(echo: echo, within: patience) { write(question) } } catch {
            write("\n")
            throw error
        }
        if !echo || !input.isTerminal { write("\n") }
        return answer.withBytes { bytes in
            ["y", "yes"].contains { word in
                // In capitals or not.
                unsafe bytes.withUnsafeBytes { unsafe $0.elementsEqual(word.utf8) { $0 | 0x20 == $1 } }
            }
        }
    }

    private func tries(of request: PINRequest) -> String {
        request.triesLeft.map { " (\($0) \($0 == 1 ? "try" : "tries") left)" } ?? ""
    }

    private func text(of summary: Summary) -> String {
        let lines = summary.shown
        let width = lines.map(\.label.count).max() ?? 0
        return summary.title + "\n"
            + lines.map {
                "  \($0.label)\(String(repeating: " ", count: width - $0.label.count))  \($0.text)\n"
            }.joined()
    }

    private func write(_ text: String) { write(whole: text.printable) }

    private func write(whole text: String) {
        let bytes = Array(text.utf8)
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(output, $0.baseAddress?.advanced(by: done), $0.count - done) }
            guard count > 0 || (count < 0 && errno == EINTR) else { return }
            done += max(count, 0)
        }
    }
}
