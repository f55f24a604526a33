import ArgumentParser
import DeviceProtocol
import Emulation
import Foundation
import PINEntry
import ScanChallenge

/// `tessera mobile read`: reads a QR code as the phone does.
struct MobileRead: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "read", abstract: "Be the phone: read a QR code, show what it says, ask for the PIN, and give the code.",
        discussion: """
            Examples:
              tessera mobile read --device phone.json code.png
              tessera mobile read --device phone.json --pin-file pin --json - < code.png
            """)

    @OptionGroup var reading: PhoneReading
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let (_, response, screen) = try await reading.answer { phone, sealed, person throws(DeviceError) in
            try await phone.respond(to: sealed, with: person)
        }
        guard case .code(let code) = response else { throw Failure("the phone gave no code", hint: "repeat", exit: .refused) }
        try output.print(Report(code: code, screen: screen.lines)) { code }
    }

    private struct Report: Encodable {
        let code: String
        let screen: [String]
    }
}

/// `tessera mobile approve`: answers online.
struct MobileApprove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve", abstract: "Be the phone and answer online: the bank checks the code and the phone's signature, once.",
        discussion: """
            Examples:
              tessera mobile approve --bank bank.json --device phone.json code.png
              tessera mobile approve --bank bank.json --device phone.json \\
                --pin-file pin --json code.png
            """)

    @Option(help: "The bank's file.", completion: .file())
    var bank: String
    @OptionGroup var reading: PhoneReading
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let (serial, response, _) = try await reading.answer { phone, sealed, person throws(DeviceError) in
            try await phone.respondOnline(to: sealed, with: person)
        }
        let lock = try await StateLock.taking(bank)
        defer { lock.close() }
        var file = try BankFile(stateFile: bank)
        guard file.serial == serial else {
            throw Failure("the bank knows no phone \(serial)", hint: "name the bank that it is paired with", exit: .refused)
        }
        let (isRight, isInTime) = try file.check(response)
        try file.write(stateFile: bank)
        try output.print(["accepted": isRight && isInTime]) { isRight && isInTime ? "Accepted." : "Refused." }
        guard isRight, isInTime else {
            throw Failure(
                isRight ? "the answer is right, and too late" : "not the answer to the challenge that was made last",
                hint: "the challenge is spent: make another one with \"tessera scan challenge\"", exit: .refused)
        }
    }
}

/// A phone in a file, and a picture before its camera.
struct PhoneReading: ParsableArguments {
    @Option(help: "The phone's file.", completion: .file())
    var device: String
    @Option(help: "The file that holds the PIN; without it, it is asked for.", completion: .file())
    var pinFile: String?
    @Flag(help: "Accept without asking, where no PIN is asked for: in a pairing, or with the biometric shortcut.")
    var yes = false
    @Argument(help: "The picture, or - for standard input.", completion: .file())
    var picture: String

    func validate() throws {
        guard picture != "-" || pinFile != nil else {
            throw ValidationError("Standard input is the picture, so nobody can type a PIN there: add --pin-file.")
        }
    }

    func answer(
        _ body: (EmulatedMobile, Presentation, Person) async throws(DeviceError) -> Response
    ) async throws -> (DeviceID, Response, ScanScreen) {
        let file = try await StateLock.opening(device)
        defer { file.close() }
        let phone = try EmulatedMobile(file: file, now: { Date() })
        let text = try ScannedPicture.text(of: picture)
        do throws(DeviceError) {
            let response = try await body(phone, .sealed(text), Person(agrees: yes, pinFile: pinFile))
            return (phone.descriptor.id, response, phone.screen)
        } catch {
            throw Failure(error, "the phone", phone.screen)
        }
    }
}
