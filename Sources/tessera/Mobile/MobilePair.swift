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
        let place = try await OpenBank.opening(options.bank, isNew: true)
        defer { place.close() }
        // By hand, another program is the phone.
        let person = SilentPerson(pin: options.byHand ? nil : try phone.pin.known())
        let key = Curve25519.KeyAgreement.PrivateKey()
        let issuer = try ScanIssuer(id: "bank.example", privateKey: key)
        let file = try DeviceStateFile.create(at: options.device)
        let report = try await options.making([options.bank, options.device]) {
            let (mobile, record) = try phone.manufacture(serial, issuer.identity, in: file)
            var bank = BankFile(issuer: issuer, issuerKey: key, record: record, kind: .mobile)
            if options.byHand { file.close() }
            let dialogue = PairingDialogue(options: options, file: place, answerKey: mobile.answerKey)
            let report = try await dialogue.run(&bank, record) { step, text in
                guard !options.byHand else { return try await dialogue.byHand(step, text) }
                return step == .serial ? serial.rawValue : try await mobile.silentCode(for: text, by: person)
            }
            if biometric { try await phone.switchOnBiometrics(mobile, person) }
            return report
        }
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
    @OptionGroup var pin: KnownPINOptions

    func manufacture(
        _ serial: DeviceID, _ issuer: ScanIssuerIdentity, in file: DeviceStateFile
    ) throws -> (EmulatedMobile, ScanFactoryRecord) {
        var random = SystemRandomNumberGenerator()
        let made = try EmulatedMobile.manufacture(
            serial: serial, issuer: issuer, answers: answers, file: file, now: { Date() }, using: &random)
        return (made.device, made.record)
    }

    func switchOnBiometrics(_ mobile: EmulatedMobile, _ person: SilentPerson) async throws {
        let summary = Summary(title: "Biometric shortcut", lines: [])
        let request = PINRequest(summary: summary, device: mobile.descriptor.name, triesLeft: nil, previousWasWrong: false)
        let pin: PIN
        do throws(HolderError) { pin = try await person.pin(for: request) } catch {
            throw Failure(DeviceError(error, mobile.descriptor.name), EmulatedMobile.word, mobile.screen, person.trouble)
        }
        do throws(DeviceError) { try mobile.switchOnBiometricShortcut(pin: pin) } catch {
            throw Failure(error, EmulatedMobile.word, mobile.screen)
        }
    }
}

extension AnswerKey.Algorithm: ExpressibleByArgument {}
