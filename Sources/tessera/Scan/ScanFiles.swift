import Crypto
import DeviceProtocol
import Emulation
import Foundation
import ScanChallenge

/// What the bank's side of a test pair keeps.
struct BankFile: StateFile {
    var issuer: String
    var issuerKey: Data
    var serial: DeviceID
    var deviceKey: Data
    var pairing: Pairing
    /// The next challenge's place in the order, as ``ScanSequence/bytes``.
    var sequence: Data
    /// The challenge that waits for its code, in DER.
    var pending: Data?

    func check() throws {
        _ = try (scanIssuer(), keys(), pending.map { try Challenge(der: Array($0)) })
    }

    func scanIssuer() throws -> ScanIssuer {
        try ScanIssuer(id: issuer, privateKey: Curve25519.KeyAgreement.PrivateKey(rawRepresentation: issuerKey))
    }

    func record() throws -> ScanFactoryRecord {
        try ScanFactoryRecord(
            serial: serial, publicKey: Curve25519.KeyAgreement.PublicKey(rawRepresentation: deviceKey),
            factorySecret: SymmetricKey(data: pairing.factorySecret))
    }

    func keys() throws -> ScanKeys {
        try ScanKeys(record: record(), nonce: Array(pairing.nonce), enrolment: pairing.enrolment)
    }
}

/// What the Scan of a test pair keeps.
struct ScanFile: StateFile {
    var serial: DeviceID
    var privateKey: Data
    var issuer: String
    var issuerKey: Data
    var pairing: Pairing
    /// The payload that was accepted last, in DER.
    var accepted: Data?

    func check() throws { _ = try device(clock: { Date() }) }

    /// The device, where it stopped.
    func device(clock: @escaping @Sendable () -> Date) throws -> EmulatedScan {
        let identity = try ScanIssuerIdentity(id: issuer, publicKey: Curve25519.KeyAgreement.PublicKey(rawRepresentation: issuerKey))
        let scan = EmulatedScan(
            serial: serial, privateKey: try Curve25519.KeyAgreement.PrivateKey(rawRepresentation: privateKey),
            factorySecret: SymmetricKey(data: pairing.factorySecret), issuer: identity, clock: clock)
        try scan.pair(
            nonce: Array(pairing.nonce), enrolment: pairing.enrolment, accepted: accepted.map { try ScanPayload(der: Array($0)) })
        return scan
    }
}

/// What both sides have in common.
struct Pairing: Codable {
    var factorySecret: Data
    var nonce: Data
    var enrolment: String
}

/// One side of a test pair, kept in a file.
protocol StateFile: Codable {
    /// Throws when a part of it cannot be what was written.
    func check() throws
}

extension StateFile {
    /// Reads and checks a state file.
    init(stateFile name: String) throws {
        let bytes = try InputFile.read(name)
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(bytes))
            try check()
        } catch {
            throw Failure(
                "\"\(name)\" is not a file of this side of a test pair", hint: "make a pair with \"tessera scan pair\"", exit: .usage)
        }
    }

    /// Writes a state file whole or not at all, for its owner alone.
    func write(stateFile name: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try InputFile.write(Array(encoder.encode(self)), to: name, isPrivate: true)
    }
}
