import ArgumentParser
import DeviceProtocol
import Foundation
import ScanChallenge
import Secrets

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
    @Argument(help: "The 8 digits that the Scan shows.")
    var code: String
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let lock = try await StateLock.taking(bank)
        var file = try BankFile(stateFile: bank)
        guard let pending = file.pending else {
            throw Failure("no challenge waits for a code", hint: "make one with \"tessera scan challenge\"", exit: .refused)
        }
        // Spent before it is looked at: whatever happens next, it cannot be tried twice.
        file.pending = nil
        try file.write(stateFile: bank)
        _ = consume lock
        let challenge = try Challenge(der: Array(pending))
        let expected = try ScanCode.compute(ocraKey: file.keys().ocra, challenge: challenge, device: file.serial)
        let isRight = constantTimeEquals(Array(expected.utf8), Array(code.utf8))
        let isInTime = Date() < challenge.expiresAt
        try output.print(["accepted": isRight && isInTime]) { isRight && isInTime ? "Accepted." : "Refused." }
        guard isRight, isInTime else {
            throw Failure(
                isRight ? "the code is right, and too late" : "not the code of the challenge that was made last",
                hint: "the challenge is spent: make another one with \"tessera scan challenge\"", exit: .refused)
        }
    }
}
