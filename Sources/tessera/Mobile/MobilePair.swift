public import ArgumentParser
import Crypto
import DeviceProtocol
import Emulation
import Foundation
import PINEntry
public import ScanChallenge

/// `tessera mobile pair`: makes a test bank and a phone, and pairs them by two codes.
struct MobilePair: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pair", abstract: "Make a test bank and a phone, in two files, and pair them by two codes.",
        discussion: """
            As "tessera scan pair"; a PIN of 6 digits is chosen before the second code,
            twice. A phone is paired once.

            Examples:
              tessera mobile pair --bank bank.json --device phone.json
              tessera mobile pair --bank bank.json --device phone.json --pin-file pin \\
                --biometric
              tessera mobile pair --bank bank.json --device phone.json --answers p256
            """)

    @OptionGroup var options: PairingOptions
    @OptionGroup var phone: PhoneOptions
    @Flag(help: "Let a finger do instead of the PIN: whoever has the phone's file then needs none.")
    var biometric = false

    func validate() throws {
        guard !options.byHand || !biometric else { throw ValidationError("--biometric goes without --by-hand.") }
    }

    func run() async throws {
        let serial = try DeviceID(options.serial ?? "MOBILE-0001")
        try options.checkNames(new: [options.bank, options.device])
        let lock = try await StateLock.taking(options.bank)
        defer { lock.close() }
        let key = Curve25519.KeyAgreement.PrivateKey()
        let issuer = try ScanIssuer(id: "bank.example", privateKey: key)
        let (mobile, record, file) = try phone.manufacture(serial, issuer.identity, at: options.device)
        var bank = BankFile(issuer: issuer, issuerKey: key, record: record, kind: .mobile)
        if options.byHand { file.close() }
        let dialogue = PairingDialogue(options: options, answerKey: mobile.answerKey)
        let report = try await dialogue.run(&bank, record) { step, text in
            guard !options.byHand else { return try await dialogue.byHand(step, text) }
            return step == .serial ? serial.rawValue : try await mobile.silentCode(for: text, pinFile: phone.pinFile)
        }
        if biometric { try await phone.switchOnBiometrics(mobile) }
        try options.output.print(report) {
            """
            The phone showed \(report.codes.joined(separator: ", then ")).
            The bank is in \(report.bank), phone \(report.serial) in \(report.device). Test keys: keep nothing real in them.
            """
        }
    }
}

/// How a phone is made, and where its PIN comes from.
struct PhoneOptions: ParsableArguments {
    @Option(help: "What it signs online answers with: ed25519 or p256.")
    var answers = AnswerKey.Algorithm.ed25519
    @Option(help: "The file that holds the PIN; without it, it is asked for.", completion: .file())
    var pinFile: String?

    func manufacture(
        _ serial: DeviceID, _ issuer: ScanIssuerIdentity, at path: String
    ) throws -> (EmulatedMobile, ScanFactoryRecord, DeviceStateFile) {
        let file = try DeviceStateFile.create(at: path)
        var random = SystemRandomNumberGenerator()
        let (mobile, record) = try EmulatedMobile.manufacture(
            serial: serial, issuer: issuer, answers: answers, file: file, now: { Date() }, using: &random)
        return (mobile, record, file)
    }

    func switchOnBiometrics(_ mobile: EmulatedMobile) async throws {
        let summary = Summary(title: "Biometric shortcut", lines: [])
        let request = PINRequest(summary: summary, device: mobile.descriptor.name, triesLeft: nil, previousWasWrong: false)
        let pin: PIN
        do throws(HolderError) { pin = try await Person(agrees: true, pinFile: pinFile).pin(for: request) } catch {
            throw DeviceError(error, mobile.descriptor.name)
        }
        try mobile.switchOnBiometricShortcut(pin: pin)
    }
}

extension AnswerKey.Algorithm: ExpressibleByArgument {}
