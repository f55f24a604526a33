import Crypto
import CryptoExtras
import Foundation
import ISO7816
import SwiftASN1
import Synchronization
import Testing
import X509

@testable import Emulation

/// Security environments and what is computed in them; ISO/IEC 7816-4, 11.5, and 7816-8, 11.
@Suite struct CryptographyTests {
    private static let message = Data("ten euros".utf8)
    private static let digest = Array(SHA256.hash(data: message))
    private static let pin = Array("123456".utf8) + Array(repeating: UInt8(0), count: 6)
    private static let name: [UInt8] = [0xA0, 0x00, 0x00, 0x00, 0x63] + Array("PKCS-15".utf8)

    private func login(_ card: VirtualCard) throws {
        #expect(try card.send(0x20, 0x00, 0x81, Self.pin, expecting: nil).status == .success)
    }

    /// MSE SET; the status.
    private func set(_ card: VirtualCard, _ purpose: UInt8, _ algorithm: UInt8, _ key: UInt8) throws -> StatusWord {
        try card.send(0x22, 0x41, purpose, [0x80, 0x01, algorithm, 0x84, 0x01, key], expecting: nil).status
    }

    private func certificate(_ card: VirtualCard, _ index: UInt8) throws -> Certificate {
        let size = try TLV(parsingFirstOf: card.send(0xA4, 0x08, 0x04, [0x50, 0x15, 0x43, index]).data).children().required(0x80)
        let content = try card.send(0xB0, 0x00, 0x00, expecting: 65_536, form: .extended).data
        #expect(content.count == size.reduce(0) { $0 << 8 | Int($1) })
        return try Certificate(derEncoded: content)
    }

    private func verifies(_ signature: ResponseAPDU, _ card: VirtualCard, _ index: UInt8) throws -> Bool {
        let certificate = try certificate(card, index)
        let isRSA = P256.Signing.PublicKey(certificate.publicKey) == nil
        return certificate.publicKey.isValidSignature(
            signature.data, for: Self.message, signatureAlgorithm: isRSA ? .sha256WithRSAEncryption : .ecdsaWithSHA256)
    }

    @Test func `the card takes a digest, or makes it, or leaves it to the host`() throws {
        let card = try TestFileCards.iso(.rsa2048)
        try login(card)
        #expect(try set(card, 0xB6, 0x42, 0x82) == .success)
        #expect(try card.send(0x2A, 0x90, 0xA0, [0x90, 0x20] + Self.digest).data == Self.digest)
        #expect(try verifies(card.send(0x2A, 0x9E, 0x9A), card, 2))
        #expect(try card.send(0x2A, 0x90, 0x80, Array(Self.message)).data == Self.digest)
        #expect(try verifies(card.send(0x2A, 0x9E, 0x9A), card, 2))
        #expect(try verifies(card.send(0x2A, 0x9E, 0x9A, Self.digest), card, 2))
        #expect(try set(card, 0xB6, 0x02, 0x82) == .success)
        #expect(try card.send(0x2A, 0x90, 0x80, Array(Self.message)).status == .conditionsNotSatisfied)
        #expect(try verifies(card.send(0x2A, 0x9E, 0x9A, DigestKind.sha256.prefix + Self.digest), card, 2))
        #expect(try set(card, 0xB6, 0x01, 0x82) == .success)
        let block = try #require(try? card.send(0x2A, 0x9E, 0x9A, pkcs1(Self.digest)))
        #expect(try verifies(block, card, 2))
    }

    @Test(arguments: [(DigestKind.sha1, 20), (.sha256, 32), (.sha384, 48), (.sha512, 64)])
    func `a DigestInfo says how long its digest is`(kind: DigestKind, length: Int) throws {
        #expect(kind.digest([]).count == length && kind.length == length)
        let info = try TLV(parsingFirstOf: kind.prefix + kind.digest(Array(Self.message)))
        #expect(try info.children().last?.value == kind.digest(Array(Self.message)))
    }

    @Test func `each purpose has a template of its own, and RESTORE brings all of them`() throws {
        let card = try TestFileCards.iso(.p256)
        #expect(try card.send(0x2A, 0x9E, 0x9A, Self.digest).status == .conditionsNotSatisfied)
        #expect(try card.send(0x22, 0xF3, 0x02, expecting: nil).status == .referencedDataNotFound)
        #expect(try card.send(0x22, 0xF3, 0x01, [0x80], expecting: nil).status == .wrongLength)
        #expect(try card.send(0x22, 0xF3, 0x01, expecting: nil).status == .success)
        #expect(try card.send(0x2A, 0x9E, 0x9A, Self.digest).status == .securityStatusNotSatisfied)
        try login(card)
        #expect(try verifies(card.send(0x2A, 0x9E, 0x9A, Self.digest), card, 2))
        #expect(try verifies(card.send(0x88, 0x00, 0x00, Self.digest), card, 1))
        #expect(try set(card, 0xB6, 0x04, 0x81) == .success)
        #expect(try verifies(card.send(0x2A, 0x9E, 0x9A, Self.digest), card, 1))
        #expect(try verifies(card.send(0x88, 0x00, 0x00, Self.digest), card, 1))
        card.reset()
        try login(card)
        #expect(try card.send(0x88, 0x00, 0x00, Self.digest).status == .conditionsNotSatisfied)
    }

    @Test func `what stands in a block of type 2 is found with the key, and nothing else`() throws {
        let key = try VirtualKey.generate(.rsa2048)
        var image = FileSystemImage(.iso)
        image.add(key: 0x81, key, for: .confidentiality, access: .pin(0x81))
        image.add(pin: 0x81, try FreshPIN("123456", puk: "12345678", for: .iso, tries: 3))
        let card = try VirtualCard.files(image)
        let publicKey = try _RSA.Encryption.PublicKey(derRepresentation: key.publicKey())
        let cipher = try Array(publicKey.encrypt(Data("secret!!".utf8), padding: ._WEAK_AND_INSECURE_PKCS_V1_5))
        #expect(try set(card, 0xB8, 0x02, 0x81) == .success)
        #expect(try card.send(0x2A, 0x80, 0x86, [0x00] + cipher).status == .securityStatusNotSatisfied)
        try login(card)
        #expect(try card.send(0x2A, 0x80, 0x86, [0x00] + cipher) == ResponseAPDU(data: Array("secret!!".utf8), status: .success))
        #expect(try card.send(0x2A, 0x80, 0x86, [0x01] + cipher).status == .wrongData)
        #expect(try card.send(0x2A, 0x80, 0x86, [0x00] + cipher.dropLast()).status == .wrongData)
        #expect(try card.send(0x2A, 0x80, 0x86, [0x00] + cipher.reversed()).status == .wrongData)
        #expect(try set(card, 0xB8, 0x01, 0x81) == .success)
        let plain = try card.send(0x2A, 0x80, 0x86, [0x00] + cipher).data
        #expect(plain.starts(with: [0x00, 0x02]) && plain.suffix(9) == [0x00] + Array("secret!!".utf8))
    }

    @Test func `a new key takes the place of the old before it is told, where that is allowed`() throws {
        let isBroken = Mutex(false)
        var image = FileSystemImage(.iso)
        image.add(key: 0x81, try .generate(.p256), access: .always, update: .pin(1))
        image.add(key: 0x82, try .generate(.p256), access: .always)
        image.add(pin: 1, try FreshPIN("1234", puk: "123456", for: .osEID, tries: 3))
        let card = try VirtualCard.files(image) { _ throws(CardMemoryError) in
            if isBroken.withLock({ $0 }) { throw .notKept("the disk is full") }
        }
        let old = try card.send(0x47, 0x81, 0x00, [0xB6, 0x03, 0x84, 0x01, 0x81])
        #expect(old.status == .success && old.data.starts(with: [0x7F, 0x49, 0x43, 0x86, 0x41, 0x04]))
        #expect(try card.send(0x47, 0x80, 0x00, [0xB6, 0x03, 0x84, 0x01, 0x81]).status == .securityStatusNotSatisfied)
        _ = try card.raw("002000010831323334FFFFFFFF")
        isBroken.withLock { $0 = true }
        #expect(try card.send(0x47, 0x80, 0x00, [0xB6, 0x03, 0x84, 0x01, 0x81]).status == .memoryFailure)
        #expect(try card.send(0x47, 0x81, 0x00, [0xB6, 0x03, 0x84, 0x01, 0x81]) == old)
        isBroken.withLock { $0 = false }
        #expect(try card.send(0x47, 0x80, 0x00, [0xB6, 0x03, 0x84, 0x01, 0x82]).status == .securityStatusNotSatisfied)
        let new = try card.send(0x47, 0x80, 0x00, [0xB6, 0x03, 0x84, 0x01, 0x81])
        #expect(new.status == .success && new != old)
        #expect(try card.send(0x47, 0x80, 0x00, [0xB6, 0x03, 0x84, 0x01, 0x83]).status == .referencedDataNotFound)
        #expect(try card.send(0x47, 0x80, 0x00, [0x30, 0x00]).status == .wrongData)
        #expect(try card.send(0x47, 0x82, 0x00).status == .wrongParameters)

        let remade = try card.remade()
        #expect(try set(remade, 0xB6, 0x04, 0x81) == .success)
        #expect(try remade.send(0x47, 0x81, 0x00) == new)
        let signature = try P256.Signing.ECDSASignature(derRepresentation: remade.send(0x2A, 0x9E, 0x9A, Self.digest).data)
        #expect(
            try P256.Signing.PublicKey(x963Representation: new.data.dropFirst(5)).isValidSignature(
                signature, for: SHA256.hash(data: Self.message)))
    }

    @Test(arguments: [(0x81, [0xA4, 0xB6]), (0x82, [0xB6])] as [(UInt8, [UInt8])])
    func `a key serves the templates that its directory entry allows, and MSE refuses the others`(key: UInt8, taken: [UInt8]) throws {
        let card = try TestFileCards.iso(.rsa2048)
        for purpose in [0xA4, 0xB6, 0xB8] as [UInt8] {
            let expected: StatusWord = taken.contains(purpose) ? .success : .referencedDataNotFound
            #expect(try set(card, purpose, 0x02, key) == expected, "\(purpose)")
        }
    }

    @Test func `a key in a file has its purposes, too`() throws {
        let card = try TestFileCards.osEID(.p256)
        for (key, status) in [(0x01, StatusWord.success), (0x02, .referencedDataNotFound)] as [(UInt8, StatusWord)] {
            let template: [UInt8] = [0x80, 0x01, 0x04, 0x81, 0x02, 0x4B, key, 0x84, 0x01, 0x00]
            _ = try card.send(0xA4, 0x08, 0x0C, [0x50, 0x15, 0x4B, key], expecting: nil)
            #expect(try card.send(0x22, 0x41, 0xA4, template, expecting: nil).status == status)
            #expect(try card.send(0x22, 0x41, 0xB6, template, expecting: nil).status == .success)
        }
    }

    @Test func `a stored template gets no key that is there for something else`() throws {
        var image = FileSystemImage(.iso)
        image.add(key: 0x81, try .generate(.p256), access: .always)
        image.add(environment: 1, SecurityEnvironment(.authentication, algorithm: 0x04, keyReference: 0x81))
        image.add(environment: 1, SecurityEnvironment(.signature, algorithm: 0x04, keyReference: 0x81))
        let card = try VirtualCard.files(image)
        #expect(try card.send(0x22, 0xF3, 0x01, expecting: nil).status == .success)
        #expect(try card.send(0x88, 0x00, 0x00, Self.digest).status == .conditionsNotSatisfied)
        #expect(try card.send(0x2A, 0x9E, 0x9A, Self.digest).status == .success)
    }

    @Test func `an RSA key tells modulus and exponent`() throws {
        let card = try TestFileCards.iso(.rsa2048)
        let answer = try card.send(0x47, 0x81, 0x00, [0xB6, 0x03, 0x84, 0x01, 0x82])
        let parts = try TLV(parsingFirstOf: answer.data).children()
        #expect(parts.first(0x81)?.count == 256 && parts.first(0x82) == [0x01, 0x00, 0x01])
    }
}
