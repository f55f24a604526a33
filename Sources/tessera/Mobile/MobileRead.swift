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
        // Before the phone answers, which it does once.
        let place = try await OpenBank.opening(bank)
        defer { place.close() }
        let (serial, response, _) = try await reading.answer { phone, sealed, person throws(DeviceError) in
            try await phone.respondOnline(to: sealed, with: person)
        }
        var file = try place.read()
        guard file.serial == serial else {
            throw Failure("the bank knows no phone \(serial)", hint: "name the bank that it is paired with", exit: .refused)
        }
        let (isRight, isInTime) = try file.check(response)
        try place.write(file)
        try output.print(["accepted": isRight && isInTime]) { isRight && isInTime ? "Accepted." : "Refused." }
        if isRight, isInTime { Failure.tellUnheard("the answer was accepted, and is spent") }
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
    @OptionGroup var pin: KnownPINOptions
    @Flag(help: "Accept without asking, where no PIN is asked for: in a pairing, or with the biometric shortcut.")
    var yes = false
    @Argument(help: "The picture, or - for standard input.", completion: .file())
    var picture: String

    func validate() throws {
        guard picture != "-" || pin.isGiven && pin.pinFile != "-" else {
            throw ValidationError("Standard input is the picture, so no PIN can come from there: add --pin-file FILE.")
        }
    }

    func answer(
        _ body: (EmulatedMobile, Presentation, Person) async throws(DeviceError) -> Response
    ) async throws -> (DeviceID, Response, ScanScreen) {
        let person = Person(agrees: yes, pin: try pin.known())
        let file = try await StateLock.opening(device)
        defer { file.close() }
        let phone = try EmulatedMobile(file: file, now: { Date() })
        let text = try ScannedPicture.text(of: picture)
        do throws(DeviceError) {
            let response = try await body(phone, .sealed(text), person)
            return (phone.descriptor.id, response, phone.screen)
        } catch {
            throw Failure(error, EmulatedMobile.word, phone.screen, person.trouble)
        }
    }
}
