import ArgumentParser
import Crypto
import DeviceProtocol
import Emulation
import Foundation
import ScanChallenge

/// `tessera scan pair`: makes the two files of a test pair, and pairs them by two codes.
struct ScanPair: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pair", abstract: "Make a test bank and a Scan, in two files, and pair them by two codes.",
        discussion: """
            The bank shows a QR code and the Scan 10 digits; another QR code, and 8 digits;
            then the serial number, and a first login. Without --by-hand the program
            carries the codes over; with it, read each QR code with "tessera scan read".

            Examples:
              tessera scan pair --bank bank.json --device scan.json
              tessera scan pair --bank bank.json --device scan.json --serial SCAN-0042
              tessera scan pair --bank bank.json --device scan.json --by-hand \\
                --png code.png
            """)

    @OptionGroup var options: PairingOptions

    func run() async throws {
        let serial = try DeviceID(options.serial ?? "SCAN-0001")
        let isThere = options.byHand && FileManager.default.fileExists(atPath: options.bank)
        try options.checkNames(new: isThere ? [] : [options.bank, options.device])
        let place = try await OpenBank.opening(options.bank, isNew: !isThere)
        defer { place.close() }
        let report: PairingDialogue.Report
        if isThere {
            var bank = try place.read()
            guard try bank.answerKind() == .scan else { throw Failure.otherKind(options.bank, "tessera mobile pair") }
            report = try await pair(&bank, with: nil, in: place)
        } else {
            let key = Curve25519.KeyAgreement.PrivateKey()
            let issuer = try ScanIssuer(id: "bank.example", privateKey: key)
            let file = try DeviceStateFile.create(at: options.device)
            report = try await options.making([options.bank, options.device]) {
                var random = SystemRandomNumberGenerator()
                let made = try EmulatedScan.manufacture(
                    serial: serial, issuer: issuer.identity, file: file, clock: { Date() }, using: &random)
                var bank = BankFile(issuer: issuer, issuerKey: key, record: made.record, kind: .scan)
                // By hand, another program is the Scan.
                if options.byHand { file.close() }
                return try await pair(&bank, with: options.byHand ? nil : made.device, in: place)
            }
        }
        try options.output.print(report) {
            """
            The Scan showed \(report.codes.joined(separator: ", then ")).
            The bank is in \(report.bank), Scan \(report.serial) in \(report.device). Test keys: keep nothing real in them.
            """
        }
    }

    private func pair(
        _ bank: inout BankFile, with scan: EmulatedScan?, in place: OpenBank
    ) async throws -> PairingDialogue.Report {
        let dialogue = PairingDialogue(options: options, file: place, answerKey: nil)
        return try await dialogue.run(&bank, bank.record()) { step, text in
            guard let scan else { return try await dialogue.byHand(step, text) }
            return step == .serial ? scan.descriptor.id.rawValue : try await scan.silentCode(for: text, by: SilentPerson())
        }
    }
}

extension Failure {
    static func otherKind(_ bank: String, _ command: String) -> Failure {
        Failure("the bank in \"\(bank)\" has another kind of device", hint: "use \"\(command)\"", exit: .usage)
    }
}

/// A device with a display of its own, which says more than it tells others.
protocol DisplayingDevice: Device {
    var screen: ScanScreen { get }
    /// What an error calls it.
    static var word: String { get }
}

extension EmulatedScan: DisplayingDevice { static let word = "the Scan" }
extension EmulatedMobile: DisplayingDevice { static let word = "the phone" }

extension DisplayingDevice {
    /// The code for a QR code's text, when nobody looks on.
    func silentCode(for text: String, by person: SilentPerson) async throws -> String {
        let response: Response
        do throws(DeviceError) { response = try await respond(to: .sealed(text), with: person) } catch {
            throw Failure(error, Self.word, screen, person.trouble)
        }
        guard case .code(let code) = response else { throw DeviceError(.notSupported, descriptor.name, detail: "it gave no code") }
        return code
    }
}

/// Someone who agrees without being shown anything, because the same program plays the bank.
struct SilentPerson: Holder {
    private let person: Person
    private let known: KnownPIN?

    /// - Parameter known: the PIN, where nobody is to be asked for it.
    init(pin known: KnownPIN? = nil) {
        self.known = known
        person = Person(agrees: true, pin: known)
    }

    /// What could not be asked.
    var trouble: Failure? { person.trouble }

    func show(_ prompt: Prompt) async {}
    func consent(to summary: Summary) async throws(HolderError) {}
    func pin(for request: PINRequest) async throws(HolderError) -> PIN {
        guard let known else { return try await person.pin(for: request) }
        do { return try known.pin() } catch { throw .unavailable }
    }
}
