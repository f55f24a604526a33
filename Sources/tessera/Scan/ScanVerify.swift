import ArgumentParser
import DeviceProtocol
import Emulation

/// `tessera scan verify`: checks a code, once.
struct ScanVerify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Be the bank: check the code of the challenge that was made last. It is good for one attempt.",
        discussion: """
            Examples:
              tessera scan verify --bank bank.json 12345678
              tessera scan verify --bank bank.json --json 12345678
            """)

    @Option(help: "The bank's file.", completion: .file())
    var bank: String
    @Argument(help: "The 8 digits that the Scan or phone shows.")
    var code: String
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let place = try await OpenBank.opening(bank)
        defer { place.close() }
        var file = try place.read()
        let (isRight, isInTime) = try file.check(.code(code))
        // Spent before anybody is told: whatever happens next, it cannot be tried twice.
        try place.write(file)
        try output.print(["accepted": isRight && isInTime]) { isRight && isInTime ? "Accepted." : "Refused." }
        if isRight, isInTime { Failure.tellUnheard("the code was accepted, and is spent") }
        guard isRight, isInTime else {
            throw Failure(
                isRight ? "the code is right, and too late" : "not the code of the challenge that was made last",
                hint: "the challenge is spent: make another one with \"tessera scan challenge\"", exit: .refused)
        }
    }
}
