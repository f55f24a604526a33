import Foundation

/// How an error reaches the person: one sentence, one next step, one exit code.
struct Failure: Error, Equatable {
    let message: String
    let hint: String
    let exit: ProgramExit
    /// What is wrong besides, where several things are known at once; each has a sentence and a step of its own.
    private(set) var others: [Failure] = []

    init(_ message: String, hint: String, exit: ProgramExit) {
        self.message = message
        self.hint = hint
        self.exit = exit
    }

    /// The same failure with others behind it.
    func followed(by others: [Failure]) -> Failure {
        var whole = self
        whole.others = others
        return whole
    }

    /// Says on standard error what standard output did not take, and nobody could ask for again.
    static func tellUnheard(_ verdict: String) {
        if Interrupts.isOutputBroken { FileHandle(descriptor: 2).write(line: "tessera: \(verdict)") }
    }

    /// One line each on standard error.
    func print() {
        let terminal = FileHandle(descriptor: 2)
        terminal.write(line: "tessera: error: \(message.printable)")
        terminal.write(line: "tessera: hint: \(hint.printable)")
        for other in others { other.print() }
    }
}
