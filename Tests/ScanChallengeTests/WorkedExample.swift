import Crypto
import DeviceProtocol
import Foundation
import TestSupport

@testable import ScanChallenge

/// One challenge from its fields to the code, with every value on the way, for the format's description.
struct WorkedExample {
    /// One value on the way: a text as it is, or bytes in hexadecimal.
    struct Value {
        let name: String
        let text: String

        init(_ name: String, _ text: String) { (self.name, self.text) = (name, text) }
        init(_ name: String, _ bytes: some Collection<UInt8>) {
            self.init(name, bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
        }
    }

    let name: String
    let values: [Value]

    static let serial = "SC-0001"
    static let issuerID = "bank.example"
    static let enrolment = "enrolment-1"
    static let nonce = Array(secret("nonce").prefix(ScanKeys.nonceByteCount))

    static func secret(_ word: String) -> [UInt8] { Array(SHA256.hash(data: Array(word.utf8))) }

    static func privateKey(_ word: String) throws -> Curve25519.KeyAgreement.PrivateKey { try .init(rawRepresentation: secret(word)) }

    static func issuer() throws -> ScanIssuer { try ScanIssuer(id: issuerID, privateKey: privateKey("issuer")) }

    static func keys() throws -> ScanKeys {
        try ScanKeys(
            factorySecret: SymmetricKey(data: secret("factory secret")), nonce: nonce, serial: DeviceID(serial), enrolment: enrolment)
    }

    /// The keys, and what each example needs of them.
    static func common() throws -> WorkedExample {
        let keys = try keys()
        return WorkedExample(
            name: "keys",
            values: [
                Value("issuer id", issuerID), Value("issuer private key", secret("issuer")),
                Value("issuer public key", try privateKey("issuer").publicKey.rawRepresentation), Value("serial", serial),
                Value("device private key", secret("device")),
                Value("device public key", try privateKey("device").publicKey.rawRepresentation),
                Value("Kf", secret("factory secret")), Value("enrolment id", enrolment), Value("nonce", nonce),
                Value("key id", keys.sealing.id.bytes), Value("PSK", keys.sealing.presharedKey.bytes), Value("OCRA key", keys.ocra.bytes),
            ])
    }

    /// Seals and answers a challenge with the keys of all examples.
    init(_ name: String, _ content: Challenge.Content, counter: UInt32, role: SignerRole? = nil) throws {
        let challenge = try Challenge(
            id: ChallengeID(Array(Self.secret("id of the " + name).prefix(16))), origin: Self.issuerID,
            issuedAt: Date(timeIntervalSince1970: 1_700_000_000), content: content, role: role)
        let payload = try ScanPayload(sequence: ScanSequence(epoch: 1, counter: counter), challenge: challenge)
        let (keys, device, ephemeral) = try (Self.keys(), Self.privateKey("device").publicKey, Self.privateKey(name))
        let seal = try HandmadeSeal(
            payload.der, encapsulated: Array(ephemeral.publicKey.rawRepresentation),
            ephemeralSecret: ephemeral.sharedSecretFromKeyAgreement(with: device).withUnsafeBytes { Array($0) }, device: device,
            keys: keys.sealing, issuer: Self.issuer())
        let serial = try DeviceID(Self.serial)
        let question = challenge.digest(as: .scan, by: serial)
        let input = Array("OCRA-1:HOTP-SHA256-8:QH64".utf8) + [0] + question + [UInt8](repeating: 0, count: 96)
        let mac = HMAC<SHA256>.authenticationCode(for: input, using: keys.ocra)
        let fields = challenge.summary.lines.map { Value($0.label, $0.text) }
        let written = [
            Value("id", challenge.id.bytes), Value("sequence", payload.sequence.bytes), Value("DER of Challenge", challenge.der),
            Value("payload", payload.der), Value("ephemeral private key", Self.secret(name)),
        ]
        let sealed = seal.steps.map { Value($0.name, $0.bytes) }
        let answered = [
            Value("sealed bytes", seal.envelope.bytes), Value("text", seal.envelope.text),
            Value("covered bytes", challenge.coveredBytes(as: .scan, by: serial)), Value("Q", question), Value("input", input),
            Value("mac", Array(mac)), Value("code", try ScanCode.compute(ocraKey: keys.ocra, challenge: challenge, device: serial)),
            Value("code of a phone", try ScanCode.compute(ocraKey: keys.ocra, challenge: challenge, device: serial, kind: .mobile)),
        ]
        self.init(name: name, values: fields + written + sealed + answered)
    }

    private init(name: String, values: [Value]) { (self.name, self.values) = (name, values) }

    subscript(_ name: String) -> String? { values.first { $0.name == name }?.text }

    /// The keys, then one example of each kind.
    static func all() throws -> [WorkedExample] {
        let (home, abroad) = (try IBAN("LU280019400644750000"), try IBAN("DE89370400440532013000"))
        func euros(_ cents: Int64) throws -> Amount { try Amount(minorUnits: cents, currency: Currency("EUR")) }
        return [
            try common(), try WorkedExample("login", .login(Login(place: "Luxembourg", browser: "Firefox 140")), counter: 1),
            try WorkedExample(
                "payment", .payment(Payment(iban: home, amount: euros(1250), payee: "Ada Lovelace", reference: "Invoice 1843")), counter: 2),
            try WorkedExample(
                "batch",
                .batch(
                    Batch([
                        .init(iban: home, payee: "Boulangerie", amount: euros(1250)), .init(iban: abroad, payee: "Zoë", amount: euros(99)),
                    ])), counter: 3, role: SignerRole(rule: "R-7", role: "Director", number: 2, of: 3)),
        ]
    }

    /// As it stands in the description: a list of names and values.
    var markdown: String {
        let width = (values.map(\.name.count).max() ?? 0) + 2
        let lines = values.map { $0.name.padding(toLength: width, withPad: " ", startingAt: 0) + $0.text }
        return "### \(name.prefix(1).uppercased() + name.dropFirst())\n\n```\n" + lines.joined(separator: "\n") + "\n```\n"
    }

    /// As it stands in the fixture: an object with its values in their order.
    var json: String {
        let lines = values.map { "      \"\($0.name)\": \"\($0.text)\"" }
        return "    {\n      \"example\": \"\(name)\",\n" + lines.joined(separator: ",\n") + "\n    }"
    }
}

extension ScanEnvelope {
    /// What the text writes in Base45.
    var bytes: [UInt8] { Self.header(keyID) + encapsulatedKey + ciphertext }
}
