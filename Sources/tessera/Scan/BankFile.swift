import Crypto
import DeviceProtocol
import Foundation
import ScanChallenge
import Secrets
import Verification

/// What the bank's side of a test pair keeps, with the factory's record of its one device.
struct BankFile: Codable {
    var issuer: String
    var issuerKey: Data
    /// ``AnswerKind/scan`` or ``AnswerKind/mobile``.
    var kind: String
    var serial: DeviceID
    var deviceKey: Data
    var factorySecret: Data
    /// The next pairing's place in the order, as ``ScanSequence/bytes``.
    var pairings: Data
    var enrolment: Enrolled?
    /// The next challenge's place in the order, as ``ScanSequence/bytes``.
    var sequence: Data
    /// The challenge that waits for its code, in DER.
    var pending: Data?

    /// What the device is enrolled with.
    struct Enrolled: Codable {
        var name: String
        var keyID: Data
        var presharedKey: KeyMaterial
        var ocraKey: KeyMaterial
        /// A phone's, for online answers and for its backup.
        var phone: PhoneCredential?
    }

    /// A bank with a new key, and a device that is not paired yet.
    init(issuer: ScanIssuer, issuerKey: Curve25519.KeyAgreement.PrivateKey, record: ScanFactoryRecord, kind: AnswerKind) {
        self.issuer = issuer.identity.id
        self.issuerKey = issuerKey.rawRepresentation
        self.kind = kind.rawValue
        (serial, deviceKey, factorySecret) = Self.parts(of: record)
        pairings = Data(ScanSequence(epoch: 1, counter: 1).bytes)
        sequence = pairings
    }

    /// Checks what stands in the file of this name.
    init(parsing bytes: [UInt8], named name: String) throws {
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(bytes))
            _ = try (scanIssuer(), record(), sealing(), answerKind(), pending.map { try Challenge(der: Array($0)) })
        } catch {
            throw Failure(
                "\"\(name)\" is not the bank's side of a test pair", hint: "make a pair with \"tessera scan pair\"", exit: .usage)
        }
    }

    func scanIssuer() throws -> ScanIssuer {
        try ScanIssuer(id: issuer, privateKey: Curve25519.KeyAgreement.PrivateKey(rawRepresentation: issuerKey))
    }

    func record() throws -> ScanFactoryRecord {
        try ScanFactoryRecord(
            serial: serial, publicKey: Curve25519.KeyAgreement.PublicKey(rawRepresentation: deviceKey),
            factorySecret: SymmetricKey(data: factorySecret))
    }

    func answerKind() throws -> AnswerKind {
        guard let kind = AnswerKind(rawValue: kind), kind != .card else { throw ScanError.unusableKey("no such kind of device") }
        return kind
    }

    /// What its challenges are sealed with; `nil` before the device is paired.
    func sealing() throws -> ScanSealingKey? {
        try enrolment.map { try ScanSealingKey(id: ScanKeyID(Array($0.keyID)), presharedKey: $0.presharedKey.key) }
    }

    /// Takes the keys of a pairing that went well; the challenges begin anew, and none waits any more.
    mutating func enrol(_ pairing: ScanPairing, as name: String, keys: ScanKeys) {
        enrolment = Enrolled(
            name: name, keyID: Data(keys.sealing.id.bytes), presharedKey: KeyMaterial(keys.sealing.presharedKey),
            ocraKey: KeyMaterial(keys.ocra),
            phone: pairing.answerKey.map { PhoneCredential(ocraKey: KeyMaterial(keys.ocra), answerKey: $0) })
        (serial, deviceKey, factorySecret) = Self.parts(of: pairing.record)
        sequence = Data(ScanSequence(epoch: 1, counter: 1).bytes)
        pending = nil
    }

    private static func parts(of record: ScanFactoryRecord) -> (DeviceID, Data, Data) {
        (record.serial, record.publicKey.rawRepresentation, unsafe record.factorySecret.withUnsafeBytes { unsafe Data($0) })
    }
}

extension BankFile {
    /// Seals a challenge in the next place and makes it the one that waits; whoever calls this writes the file before anybody
    /// sees the text.
    mutating func seal(
        _ content: Challenge.Content, role: SignerRole? = nil, lifetime: Int
    ) throws -> (challenge: Challenge, text: String) {
        guard let sealing = try sealing() else {
            throw Failure("the device is not paired", hint: "pair it with \"tessera scan pair --by-hand\"", exit: .refused)
        }
        guard let place = ScanSequence(bytes: sequence), let next = place.next() else {
            throw Failure("the sequence is used up or damaged", hint: "pair the device again", exit: .usage)
        }
        var random = SystemRandomNumberGenerator()
        let challenge = try Challenge(
            id: ChallengeID(using: &random), origin: issuer, issuedAt: Date(), timeToLive: lifetime, content: content, role: role)
        let text = try ScanSeal.seal(
            ScanPayload(sequence: place, challenge: challenge), to: record().publicKey, keys: sealing, issuer: scanIssuer())
        sequence = Data(next.bytes)
        pending = Data(challenge.der)
        return (challenge, text)
    }

    /// What came back for the challenge that waits, which is spent by it; whoever calls this writes the file before he tells.
    mutating func check(_ response: Response) throws -> (isRight: Bool, isInTime: Bool) {
        guard let waiting = pending, let enrolment else {
            throw Failure("no challenge waits for a code", hint: "make one with \"tessera scan challenge\"", exit: .refused)
        }
        pending = nil
        let challenge = try Challenge(der: Array(waiting))
        let expected = try ScanCode.compute(
            ocraKey: enrolment.ocraKey.key, challenge: challenge, device: serial, kind: answerKind())
        func isCode(_ code: String) -> Bool { constantTimeEquals(Array(expected.utf8), Array(code.utf8)) }
        let isRight =
            switch response {
            case .code(let code): isCode(code)
            case .signedCode(let code, let signature):
                isCode(code) && enrolment.phone?.answerKey.isValid(signature, for: challenge, by: serial) == true
            case .signature: false
            }
        return (isRight, Date() < challenge.expiresAt)
    }
}
