import Crypto
import DeviceProtocol
import Foundation
import OATH
import ScanChallenge
import Testing
import Verification

/// What a Token does: it shows a code of the time.
struct TestToken: Sendable {
    let id: DeviceID
    let seed: [UInt8]

    func code(at date: Date) throws -> String { try TOTP(key: SymmetricKey(data: seed)).code(at: date) }

    /// A code that no step nearby has.
    func wrongCode(at date: Date) throws -> String {
        let near = try (-20...20).map { try code(at: date.addingTimeInterval(30 * Double($0))) }
        return try #require((0..<1000).lazy.map { String(format: "%06d", $0) }.first { !near.contains($0) })
    }
}

/// What a Scan or phone does: it opens what was sealed to it, and answers that.
struct TestScan: Sendable {
    let id: DeviceID
    let kind: AnswerKind
    let record: ScanFactoryRecord
    let keys: ScanKeys
    private let privateKey: Curve25519.KeyAgreement.PrivateKey
    private let issuer: ScanIssuerIdentity

    init(id: DeviceID, kind: AnswerKind, issuer: ScanIssuerIdentity) throws {
        self.id = id
        self.kind = kind
        self.issuer = issuer
        privateKey = Curve25519.KeyAgreement.PrivateKey()
        record = try ScanFactoryRecord(serial: id, publicKey: privateKey.publicKey, factorySecret: SymmetricKey(size: .bits256))
        keys = try ScanKeys(record: record, nonce: Array(0..<16), enrolment: "E-1")
    }

    func open(_ presentation: Presentation) throws -> ScanPayload {
        guard case .sealed(let text) = presentation else { throw DeviceError(.notSupported, id.rawValue) }
        return try ScanSeal.open(text, device: privateKey, keys: keys.sealing, issuer: issuer)
    }

    func code(for challenge: Challenge) throws -> String {
        try ScanCode.compute(ocraKey: keys.ocra, challenge: challenge, device: id, kind: kind)
    }

    func respond(to presentation: Presentation) throws -> Response { .code(try code(for: open(presentation).challenge)) }
}

/// What a card does: it signs with one key for logins, and with another for everything else.
struct TestCard: Sendable {
    let id: DeviceID
    let authentication: TestKey
    let signature: TestKey
    let certificates: CardCertificates

    /// A card, named by its certificate unless it is said to be another one.
    init(id: DeviceID? = nil, authority: TestAuthority, key: TestKey.Kind = .p256) throws {
        authentication = try TestKey.make(key, number: 0)
        signature = try TestKey.make(key, number: 1)
        certificates = CardCertificates(
            authentication: try authority.issue(authentication.publicKey, usage: .forLogins),
            signature: try authority.issue(signature.publicKey, usage: .forApprovals))
        self.id = id ?? DeviceID(fingerprintOf: certificates.authentication)
    }

    /// Its certificates with those of authorities between them and a root.
    func certificates(over intermediates: [[UInt8]]) -> CardCertificates {
        CardCertificates(authentication: certificates.authentication, signature: certificates.signature, intermediates: intermediates)
    }

    func respond(to challenge: Challenge) throws -> Response {
        challenge.content.isLogin ? try sign(challenge, as: .authentication) : try sign(challenge, as: .signature)
    }

    /// Signs with the key of a role, whatever is asked.
    func sign(_ challenge: Challenge, as role: KeyRole) throws -> Response {
        let key = role == .authentication ? authentication : signature
        let certificate = role == .authentication ? certificates.authentication : certificates.signature
        return .signature(try key.sign(challenge.coveredBytes(as: .card, by: id)), certificates: [certificate])
    }
}
