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
        let lock = try await StateLock.taking(options.bank)
        defer { lock.close() }
        var bank: BankFile
        var scan: EmulatedScan?
        if isThere {
            bank = try BankFile(stateFile: options.bank)
            guard try bank.answerKind() == .scan else { throw Failure.otherKind(options.bank, "tessera mobile pair") }
        } else {
            let key = Curve25519.KeyAgreement.PrivateKey()
            let issuer = try ScanIssuer(id: "bank.example", privateKey: key)
            let file = try DeviceStateFile.create(at: options.device)
            var random = SystemRandomNumberGenerator()
            let made = try EmulatedScan.manufacture(
                serial: serial, issuer: issuer.identity, file: file, clock: { Date() }, using: &random)
            bank = BankFile(issuer: issuer, issuerKey: key, record: made.record, kind: .scan)
            // By hand, another program is the Scan.
            if options.byHand { file.close() } else { scan = made.device }
        }
        let dialogue = PairingDialogue(options: options, answerKey: nil)
        let report = try await dialogue.run(&bank, bank.record()) { step, text in
            guard let scan else { return try await dialogue.byHand(step, text) }
            return step == .serial ? scan.descriptor.id.rawValue : try await scan.silentCode(for: text)
        }
        try options.output.print(report) {
            """
            The Scan showed \(report.codes.joined(separator: ", then ")).
            The bank is in \(report.bank), Scan \(report.serial) in \(report.device). Test keys: keep nothing real in them.
            """
        }
    }
}

extension Failure {
    static func otherKind(_ bank: String, _ command: String) -> Failure {
        Failure("the bank in \"\(bank)\" has another kind of device", hint: "use \"\(command)\"", exit: .usage)
    }
}

extension Device {
    /// The code for a QR code's text, when nobody looks on.
    func silentCode(for text: String, pinFile: String? = nil) async throws -> String {
        guard case .code(let code) = try await respond(to: .sealed(text), with: SilentPerson(pinFile: pinFile)) else {
            throw DeviceError(.notSupported, descriptor.name, detail: "it gave no code")
        }
        return code
    }
}

/// Someone who agrees without being shown anything, because the same program plays the bank.
private struct SilentPerson: Holder {
    let pinFile: String?
    func show(_ prompt: Prompt) async {}
    func consent(to summary: Summary) async throws(HolderError) {}
    func pin(for request: PINRequest) async throws(HolderError) -> PIN {
        try await Person(agrees: true, pinFile: pinFile).pin(for: request)
    }
}
