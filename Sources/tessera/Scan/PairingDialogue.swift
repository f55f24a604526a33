import ArgumentParser
import DeviceProtocol
import Emulation
import Foundation
import Pictures
import ScanChallenge

/// Where the codes of a pairing come from, and where its QR codes go.
struct PairingOptions: ParsableArguments {
    @Option(help: "The file for the bank's side.", completion: .file())
    var bank: String
    @Option(help: "The file for the device.", completion: .file())
    var device: String
    @Option(help: "The serial number on the device's back.")
    var serial: String?
    @Flag(help: "Draw each QR code and ask for what the device shows, as a bank's page does. A pair that is there is paired anew.")
    var byHand = false
    @Option(help: "With --by-hand: draw the QR codes into this PNG file, one after the other.", completion: .file())
    var png: String?
    @OptionGroup var drawing: DrawingOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard byHand || (png == nil && !drawing.isGiven) else { throw ValidationError("--png, --plain and --ascii need --by-hand.") }
    }

    /// Refuses names that stand for one file, or, for a new pair, for one that is there.
    func checkNames(new names: [String]) throws {
        guard !isSameFile(bank, device) else {
            throw Failure("the bank and the device would share \"\(bank)\"", hint: "give each a file of its own", exit: .usage)
        }
        guard ![bank, device].contains(where: InputFile.isStandardOutput), png.map(InputFile.isStandardOutput) != true else {
            throw ValidationError("A pairing needs files: give each of them a name.")
        }
        if let png { try OutputGuard.check(picture: png) }
        if let png, [bank, device].contains(where: { isSameFile($0, png) }) {
            throw ValidationError("The picture would replace the pair's file.")
        }
        for name in names where FileManager.default.fileExists(atPath: name) { throw Failure.exists(name) }
    }

    /// Runs a pairing that makes these files, and removes them again when it does not succeed: they would block the next one.
    func making<R>(_ names: [String], _ body: () async throws -> R) async throws -> R {
        do { return try await body() } catch {
            for name in names { try? FileManager.default.removeItem(atPath: name) }
            throw error
        }
    }
}

/// The bank's part of a pairing: QR code, code, QR code, code, serial number, and a login as the proof.
struct PairingDialogue {
    /// What answers a QR code: the emulated device here, or a person who reads another one's display.
    typealias Device = (_ step: Step, _ text: String) async throws -> String

    /// What is asked for.
    enum Step: String, Encodable {
        case firstCode = "the 10 digits for the first QR code"
        case secondCode = "the 8 digits for the second QR code"
        case serial = "the serial number on the back"
        case password = "the 8 digits for the third QR code, a login"
    }

    /// What went over the counter.
    struct Report: Encodable {
        let bank: String
        let device: String
        let serial: String
        let enrolment: String
        var codes: [String] = []
    }

    let options: PairingOptions
    let file: OpenBank
    /// What the phone tells the bank online.
    let answerKey: AnswerKey?

    /// Runs the dialogue; the bank's file has each step before anybody sees its QR code.
    func run(_ bank: inout BankFile, _ record: ScanFactoryRecord, _ device: Device) async throws -> Report {
        guard let place = ScanSequence(bytes: bank.pairings), let next = place.next() else {
            throw Failure("the sequence in \"\(options.bank)\" is used up or damaged", hint: "make a new pair", exit: .usage)
        }
        var random = SystemRandomNumberGenerator()
        let name = ChallengeID(using: &random).description
        let issuer = try bank.scanIssuer()
        var pairing = try ScanPairing(record, enrolment: name, sequence: place, issuer: issuer, using: &random)
        bank.pairings = Data(next.bytes)
        try file.write(bank)
        var report = Report(bank: options.bank, device: options.device, serial: record.serial.rawValue, enrolment: name)
        report.codes.append(
            try await right(.firstCode, pairing.offer, device) { try pairing.take(firstCode: $0, issuer: issuer) })
        let confirmation = pairing.confirmation ?? ""
        report.codes.append(try await right(.secondCode, confirmation, device) { pairing.take(secondCode: $0, answerKey: answerKey) })
        _ = try await right(.serial, "", device) { pairing.take(serial: $0) }
        guard let keys = pairing.keys else { throw ended }
        bank.enrol(pairing, as: name, keys: keys)
        let (_, login) = try bank.seal(.login(Login(place: "here", browser: "tessera")), lifetime: 600)
        try file.write(bank)
        let code = try await device(.password, login)
        let verdict = try bank.check(.code(code))
        try file.write(bank)
        guard verdict.isRight, verdict.isInTime else {
            throw Failure("the first login was refused", hint: "make a challenge and try once more", exit: .refused)
        }
        report.codes.append(code)
        return report
    }

    private func right(
        _ step: Step, _ text: String, _ device: Device, _ take: (String) throws -> ScanPairing.Verdict
    ) async throws -> String {
        for _ in 0..<ScanPairing.attemptLimit {
            let answer = try await device(step, text)
            switch try take(answer) {
            case .accepted: return answer
            case .notAwaited: throw ended
            case .wrong(let left):
                guard left > 0 else { throw ended }
                FileHandle(descriptor: 2).write(line: "That is not right; \(left) \(left == 1 ? "try is" : "tries are") left.")
            }
        }
        throw ended
    }

    private var ended: Failure {
        Failure("the pairing is over: too many wrong answers", hint: "begin again; the next one has new keys", exit: .refused)
    }

    /// Draws the QR code of a step, and asks for what the device shows.
    func byHand(_ step: Step, _ text: String) async throws -> String {
        if !text.isEmpty {
            let code = try QRCode(encoding: text)
            if let png = options.png {
                try InputFile.write(code.png(), to: png)
            } else {
                FileHandle(descriptor: 2).write(line: code.terminalText(options.drawing.form(on: 2)))
            }
        }
        return try await TypedLine.asking("Type \(step.rawValue)")
    }
}
