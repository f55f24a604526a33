import Crypto
import ISO7816
import SwiftASN1
import Testing
import X509

@testable import Emulation

@Suite struct PIVSigningTests {
    private static let message = Array("login at bank.example, 2027-01-15".utf8)

    private func algorithm(_ kind: CardKeyKind) -> UInt8 {
        switch kind {
        case .rsa2048: 0x07
        case .rsa3072: 0x05
        case .rsa4096: 0x16
        case .p256: 0x11
        case .p384: 0x14
        }
    }

    /// What a host sends for a signature over the message.
    private func input(_ kind: CardKeyKind) -> [UInt8] {
        switch kind {
        case .rsa2048, .rsa3072, .rsa4096: pkcs1(Array(SHA256.hash(data: Self.message)), bytes: kind.bits / 8)
        case .p256: Array(SHA256.hash(data: Self.message))
        case .p384: Array(SHA384.hash(data: Self.message))
        }
    }

    private func verifies(_ signature: [UInt8], _ certificate: Certificate, _ kind: CardKeyKind) -> Bool {
        let scheme: Certificate.SignatureAlgorithm =
            switch kind {
            case .rsa2048, .rsa3072, .rsa4096: .sha256WithRSAEncryption
            case .p256: .ecdsaWithSHA256
            case .p384: .ecdsaWithSHA384
            }
        return certificate.publicKey.isValidSignature(signature, for: Self.message, signatureAlgorithm: scheme)
    }

    @Test(arguments: CardKeyKind.allCases, PIVSlot.allCases)
    func `a signature verifies against the certificate of its key, and of no other`(kind: CardKeyKind, slot: PIVSlot) throws {
        let card = try TestCards.powered(kind)
        let certificates = try Dictionary(uniqueKeysWithValues: PIVSlot.allCases.map { ($0, try card.certificate($0)) })
        #expect(try card.verify("123456") == .success)
        let response = try card.authenticate(algorithm(kind), slot.rawValue, input(kind))
        #expect(response.status == .success)
        let signature = try answer(response)
        // These tests have one key of RSA 4096 for all slots.
        for (other, certificate) in certificates {
            #expect(verifies(signature, certificate, kind) == (other == slot || kind == .rsa4096))
        }
    }

    @Test func `chained and extended commands give the same RSA signature`() throws {
        let card = try TestCards.powered(.rsa2048)
        _ = try card.verify("123456")
        let chained = try card.authenticate(0x07, 0x9A, input(.rsa2048))
        let extended = try card.authenticate(0x07, 0x9A, input(.rsa2048), form: .extended)
        #expect(chained == extended)
        #expect(chained.status == .success)
    }

    @Test func `the template has the length fields that clients expect`() throws {
        let card = try TestCards.powered(.rsa2048)
        let response = try card.authenticate(0x07, 0x9E, input(.rsa2048))
        #expect(response.data.prefix(8).hexadecimal == "7C82010482820100")
        #expect(response.data.count == 264)
    }

    @Test(arguments: [PIVSlot.authentication, .signature, .keyManagement])
    func `without the PIN nothing is signed`(slot: PIVSlot) throws {
        let card = try TestCards.powered()
        #expect(try card.authenticate(0x11, slot.rawValue, input(.p256)) == .status(.securityStatusNotSatisfied))
        _ = try card.verify("000000")
        #expect(try card.authenticate(0x11, slot.rawValue, input(.p256)).status == .securityStatusNotSatisfied)
        _ = try card.verify("123456")
        card.reset()
        #expect(try card.authenticate(0x11, slot.rawValue, input(.p256)).status == .securityStatusNotSatisfied)
    }

    @Test func `9E signs without the PIN`() throws {
        #expect(try TestCards.powered().authenticate(0x11, 0x9E, input(.p256)).status == .success)
    }

    @Test func `9A signs again and again after one PIN`() throws {
        let card = try TestCards.powered()
        _ = try card.verify("123456")
        for _ in 0..<3 { #expect(try card.authenticate(0x11, 0x9A, input(.p256)).status == .success) }
    }

    @Test func `9C wants the PIN before every signature`() throws {
        let card = try TestCards.powered()
        for _ in 0..<2 {
            _ = try card.verify("123456")
            #expect(try card.authenticate(0x11, 0x9C, input(.p256)).status == .success)
            #expect(try card.authenticate(0x11, 0x9C, input(.p256)).status == .securityStatusNotSatisfied)
        }
    }

    @Test(
        arguments: [
            "00CB3FFF035C017E00", "00200080", "00A4040009A0000003080000100000",
            "0087119E267C24820081200000000000000000000000000000000000000000000000000000000000000000",
            "00FF000000", "0020008008313233343500FFFF",
        ])
    func `for 9C, VERIFY is the very last command before`(between: String) throws {
        let card = try TestCards.powered()
        _ = try card.verify("123456")
        _ = try card.raw(between)
        #expect(try card.authenticate(0x11, 0x9C, input(.p256)).status == .securityStatusNotSatisfied)
        // The login itself stays.
        #expect(try card.authenticate(0x11, 0x9A, input(.p256)).status == .success)
    }

    @Test func `for 9C, a chained RSA block is one command, and GET RESPONSE is none`() throws {
        let card = try TestCards.powered(.rsa2048)
        let certificate = try card.certificate(.signature)
        _ = try card.verify("123456")
        #expect(verifies(try answer(card.authenticate(0x07, 0x9C, input(.rsa2048))), certificate, .rsa2048))
    }

    @Test(
        arguments: [
            // Algorithm, key, status: the PIN is given.
            (0x07, 0x9A, "6A86"), (0x14, 0x9A, "6A86"), (0x00, 0x9A, "6A86"), (0x11, 0x82, "6A88"), (0x11, 0x00, "6A88"),
            (0x11, 0x04, "6A88"),
        ] as [(UInt8, UInt8, String)])
    func `a wrong algorithm or key is told`(algorithm: UInt8, key: UInt8, status: String) throws {
        let card = try TestCards.powered()
        _ = try card.verify("123456")
        #expect(try card.authenticate(algorithm, key, input(.p256)).status.description == status)
    }

    @Test(
        arguments: [
            [], [0x7C], [0x7C, 0x00], [0x7C, 0x02, 0x82, 0x00], [0x7C, 0x02, 0x81, 0x00], [0x7C, 0x05, 0x81, 0x01, 0x00],
            [0x7D, 0x03, 0x81, 0x01, 0x00],
            [0x81, 0x01, 0x00], [0x7C, 0x03, 0x85, 0x01, 0x04], [0x7C, 0x03, 0x85, 0x01, 0x02], [0x7C, 0x02, 0x85, 0x00],
            [0x7C, 0x23, 0x81, 0x21] + Array(repeating: 1, count: 33),
        ] as [[UInt8]])
    func `a template that asks for nothing possible is wrong data`(template: [UInt8]) throws {
        #expect(try TestCards.powered().send(0x87, 0x11, 0x9E, template).status == .wrongData)
    }

    @Test(arguments: [1, 255, 257])
    func `an RSA block of another length is wrong data`(length: Int) throws {
        let card = try TestCards.powered(.rsa2048)
        #expect(try card.authenticate(0x07, 0x9E, Array(repeating: 1, count: length)).status == .wrongData)
    }

    @Test func `an RSA block above the modulus is wrong data`() throws {
        let card = try TestCards.powered(.rsa2048)
        #expect(try card.authenticate(0x07, 0x9E, Array(repeating: 0xFF, count: 256)).status == .wrongData)
    }

    @Test func `9D agrees with the other party on a secret`() throws {
        let card = try TestCards.powered()
        let host = P256.KeyAgreement.PrivateKey()
        let cardKey = try #require(P256.Signing.PublicKey(try card.certificate(.keyManagement).publicKey))
        let expected = try host.sharedSecretFromKeyAgreement(with: .init(x963Representation: cardKey.x963Representation))
            .withUnsafeBytes { Array($0) }
        _ = try card.verify("123456")
        #expect(try answer(card.authenticate(0x11, 0x9D, Array(host.publicKey.x963Representation), tag: 0x85)) == expected)
    }

    @Test func `a shorter digest is signed as it is`() throws {
        let card = try TestCards.powered()
        let digest = Insecure.SHA1.hash(data: Self.message)
        let signature = try P256.Signing.ECDSASignature(derRepresentation: answer(card.authenticate(0x11, 0x9E, Array(digest))))
        let key = try #require(P256.Signing.PublicKey(try card.certificate(.cardAuthentication).publicKey))
        #expect(key.isValidSignature(signature, for: digest))
    }
}
