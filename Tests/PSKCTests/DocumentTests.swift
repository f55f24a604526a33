import Crypto
import Foundation
import PSKC
import Secrets
import TestSupport
import Testing

/// What is written is read again, and nothing else is.
@Suite struct DocumentTests {
    @Test(arguments: [(nil, true), ("HMAC-SHA256", true), ("HMAC-SHA384", false), ("HMAC-SHA999", false)] as [(String?, Bool)])
    func `a key over a hash that nobody knows gives no codes`(_ suite: String?, _ isKnown: Bool) throws {
        for algorithm in [PSKCKey.Algorithm.hotp, .totp] {
            var key = PSKCKey(id: "1", algorithm: algorithm, secret: SymmetricKey(size: .bits256))
            key.suite = suite
            #expect(try (algorithm == .hotp ? key.hotp() != nil : key.totp() != nil) == isKnown)
        }
    }

    /// A container with everything in it that there is.
    static func container(secrets: Int = 1) -> KeyContainer {
        var device = DeviceInfo()
        (device.manufacturer, device.serialNumber, device.model, device.issueNumber) = ("oath.ZZ", "4711", "M <1> & \"2\"", "1")
        (device.binding, device.userID) = ("IMEI:1", "CN=Zoë,DC=lu")
        device.startDate = Date(timeIntervalSince1970: 1_600_000_000)
        device.expiryDate = Date(timeIntervalSince1970: 1_900_000_000)
        return KeyContainer(
            id: "box-1",
            packages: (0..<secrets).map { index in
                var key = PSKCKey(id: "key-\(index)", algorithm: .totp, secret: SymmetricKey(data: (0..<20).map { UInt8($0 + index) }))
                (key.issuer, key.suite, key.profileID, key.reference) = ("Bank", "HMAC-SHA256", "p", "r")
                (key.friendlyName, key.userID) = ("Clé d'Anne", "CN=Anne")
                key.challengeFormat = ChallengeFormat(encoding: .hexadecimal, minimum: 4, maximum: 64, hasCheckDigit: true)
                key.responseFormat = ResponseFormat(length: 8)
                (key.counter, key.time, key.timeInterval, key.timeDrift) = (UInt64(Int64.max), 5, 60, -3)
                var policy = KeyPolicy()
                policy.startDate = Date(timeIntervalSince1970: 1_600_000_000)
                policy.expiryDate = Date(timeIntervalSince1970: 1_900_000_000)
                policy.usages = [.otp, .challengeResponse]
                policy.numberOfTransactions = 1_000_000
                var pin = PINPolicy()
                (pin.keyID, pin.usageMode, pin.encoding, pin.maximumFailedAttempts) = ("pin-1", .prepend, .decimal, 3)
                (pin.minimumLength, pin.maximumLength) = (4, 8)
                policy.pin = pin
                key.policy = policy
                return KeyPackage(device: device, cryptoModuleID: "CM", key: key)
            })
    }

    private func expectSame(_ read: KeyContainer, _ written: KeyContainer) throws {
        #expect(read.id == written.id)
        #expect(read.packages.count == written.packages.count)
        for (one, other) in zip(read.packages, written.packages) {
            #expect(one.device == other.device)
            #expect(one.cryptoModuleID == other.cryptoModuleID)
            let (key, expected) = (try #require(one.key), try #require(other.key))
            #expect(key.secret == expected.secret)
            #expect(key.policy == expected.policy)
            #expect(
                [key.id, key.issuer, key.suite, key.profileID, key.reference, key.friendlyName, key.userID]
                    == [
                        expected.id, expected.issuer, expected.suite, expected.profileID, expected.reference, expected.friendlyName,
                        expected.userID,
                    ])
            #expect(key.algorithm == expected.algorithm)
            #expect(key.challengeFormat == expected.challengeFormat && key.responseFormat == expected.responseFormat)
            #expect(key.counter == expected.counter && key.time == expected.time)
            #expect(key.timeInterval == expected.timeInterval && key.timeDrift == expected.timeDrift)
        }
    }

    @Test func `a plain container comes back whole`() throws {
        let written = Self.container(secrets: 3)
        let document = try PSKCDocument(parsing: written.plainDocument())
        #expect(document.protection == .none)
        try expectSame(try document.open(), written)
        #expect(throws: PSKCError.notEncrypted) { try document.open(key: SymmetricKey(size: .bits128)) }
    }

    @Test(arguments: [SymmetricKeySize.bits128, .bits192, .bits256])
    func `a container under a key comes back whole, for that key alone`(size: SymmetricKeySize) throws {
        var random = SeededGenerator(seed: 6030)
        let (key, written) = (SymmetricKey(size: size), Self.container(secrets: 3))
        let bytes = try written.document(key: key, name: "our key", using: &random)
        let document = try PSKCDocument(parsing: bytes)
        #expect(document.protection == .key(name: "our key"))
        try expectSame(try document.open(key: key), written)
        #expect(throws: PSKCError.notAuthentic) { try document.open(key: SymmetricKey(size: size)) }
        // Neither the secret nor a vector is there twice.
        let values = String(decoding: bytes, as: UTF8.self).matches(of: /<xenc:CipherValue>([^<]{20})/).map(\.1)
        #expect(values.count == 4 && Set(values).count == 4)
        #expect(!String(decoding: bytes, as: UTF8.self).contains(Data((0..<20).map { UInt8($0) }).base64EncodedString()))
    }

    @Test func `a container under a password comes back whole, for that password alone`() throws {
        var random = SeededGenerator(seed: 6031)
        let written = Self.container(secrets: 2)
        let password = try SecretBytes.copying("correct horse".utf8)
        let document = try PSKCDocument(parsing: written.document(password: password, name: "letter 7", rounds: 1000, using: &random))
        #expect(document.protection == .password(name: "letter 7", rounds: 1000))
        try expectSame(try document.open(password: password), written)
        let wrong = try SecretBytes.copying("correct horsf".utf8)
        #expect(throws: PSKCError.notAuthentic) { try document.open(password: wrong) }
    }

    @Test func `every bit of a sealed document that matters is covered`() throws {
        var random = SeededGenerator(seed: 6032)
        let key = SymmetricKey(size: .bits128)
        let text = String(decoding: try Self.container().document(key: key, name: "k", using: &random), as: UTF8.self)
        let values = text.matches(of: /<(?:xenc:CipherValue|ValueMAC)>([^<]+)</).map { String($0.1) }
        #expect(values.count == 3)
        for value in values {
            let bytes = try #require(Data(base64Encoded: value))
            for offset in bytes.indices {
                var altered = bytes
                altered[offset] ^= 1 << UInt8(offset % 8)
                let document = try PSKCDocument(parsing: Array(text.replacing(value, with: altered.base64EncodedString()).utf8))
                #expect(throws: PSKCError.notAuthentic) { try document.open(key: key) }
            }
        }
    }

    @Test func `a sealed secret cannot be swapped for a plain one`() throws {
        var random = SeededGenerator(seed: 6033)
        let text = String(
            decoding: try Self.container().document(key: SymmetricKey(size: .bits128), name: "k", using: &random), as: UTF8.self)
        let swapped = text.replacing(/<Secret>(?s).*<\/Secret>/, with: "<Secret><PlainValue>MTIzNA==</PlainValue></Secret>")
        #expect(swapped != text)
        #expect(throws: PSKCError.unexpected("PlainValue", in: "Secret")) { try PSKCDocument(parsing: Array(swapped.utf8)) }
    }

    @Test func `an empty password, a key of a strange length and text that hides are not written`() throws {
        var random = SystemRandomNumberGenerator()
        let empty = try SecretBytes()
        #expect(throws: PSKCError.self) { try Self.container().document(password: empty, using: &random) }
        #expect(throws: PSKCError.keyLength(20, expected: 32)) {
            try Self.container().document(key: SymmetricKey(data: [UInt8](repeating: 0, count: 20)), name: "k", using: &random)
        }
        for name in ["", " x", "x\n", "a\u{202E}b", "\u{0}", "a\u{200B}"] {
            var container = Self.container()
            container.packages[0].key?.friendlyName = name
            #expect(throws: PSKCError.value(of: "text", in: "FriendlyName")) { try container.plainDocument() }
        }
        var container = Self.container()
        container.packages[0].key?.counter = .max
        #expect(throws: PSKCError.value(of: "Counter", in: "Data")) { try container.plainDocument() }
        #expect(throws: PSKCError.missing("KeyPackage", in: "KeyContainer")) { try KeyContainer().plainDocument() }
    }
}
