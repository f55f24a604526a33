import ArgumentParser
import Crypto
import DeviceProtocol
import Foundation
import ScanChallenge

/// `tessera scan pair`: makes the two files of a test pair.
struct ScanPair: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pair", abstract: "Make a test bank and a Scan that is paired with it, in two files.",
        discussion: """
            Examples:
              tessera scan pair --bank bank.json --device scan.json
              tessera scan pair --bank bank.json --device scan.json --serial SCAN-0042
            """)

    @Option(help: "The file for the bank's side.", completion: .file())
    var bank: String
    @Option(help: "The file for the Scan.", completion: .file())
    var device: String
    @Option(help: "The serial number on the Scan's back.")
    var serial = "SCAN-0001"

    func run() async throws {
        guard !isSameFile(bank, device) else {
            throw Failure("the bank and the Scan would share \"\(bank)\"", hint: "give each a file of its own", exit: .usage)
        }
        for name in [bank, device] where FileManager.default.fileExists(atPath: name) {
            throw Failure("\"\(name)\" is there already", hint: "choose another name, or remove it", exit: .usage)
        }
        let (issuerKey, deviceKey) = (Curve25519.KeyAgreement.PrivateKey(), Curve25519.KeyAgreement.PrivateKey())
        var random = SystemRandomNumberGenerator()
        let pairing = Pairing(
            factorySecret: unsafe SymmetricKey(size: .bits256).withUnsafeBytes { unsafe Data($0) },
            nonce: Data(ChallengeID(using: &random).bytes),
            enrolment: ChallengeID(using: &random).description)
        let serial = try DeviceID(serial)
        try BankFile(
            issuer: "bank.example", issuerKey: issuerKey.rawRepresentation, serial: serial,
            deviceKey: deviceKey.publicKey.rawRepresentation,
            pairing: pairing, sequence: Data(ScanSequence(epoch: 1, counter: 1).bytes)
        ).write(stateFile: bank)
        try ScanFile(
            serial: serial, privateKey: deviceKey.rawRepresentation, issuer: "bank.example",
            issuerKey: issuerKey.publicKey.rawRepresentation, pairing: pairing
        ).write(stateFile: device)
        FileHandle(descriptor: 1).write(line: "The bank is in \(bank), Scan \(serial) in \(device). Test keys: keep nothing real in them.")
    }
}
