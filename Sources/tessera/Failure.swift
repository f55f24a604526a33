import Foundation

/// How an error reaches the person: one sentence, one next step, one exit code.
struct Failure: Error, Equatable {
    let message: String
    let hint: String
    let exit: ProgramExit

    init(_ message: String, hint: String, exit: ProgramExit) {
        self.message = message
        self.hint = hint
        self.exit = exit
    }

    /// One line each on standard error.
    func print() {
        let terminal = FileHandle(descriptor: 2)
        terminal.write(line: "tessera: error: \(message.printable)")
        terminal.write(line: "tessera: hint: \(hint.printable)")
    }
}
