import Crypto
import Foundation
import ISO7816
import SwiftASN1
import Testing
import X509

@testable import Emulation

/// What lies on the PKCS#15 card, read and used as a driver would.
@Suite struct PKCS15CardTests {
    private static let name: [UInt8] = [0xA0, 0x00, 0x00, 0x00, 0x63] + Array("PKCS-15".utf8)

    private func read(_ path: [UInt8], of card: VirtualCard) throws -> [UInt8] {
        let information = try card.send(0xA4, 0x08, 0x00, path)
        try #require(information.status == .success)
        let size = try TLV(parsingFirstOf: information.data).children().required(0x80).reduce(0) { $0 << 8 | Int($1) }
        var content: [UInt8] = []
        while content.count < size {
            let part = try card.send(
                0xB0, UInt8(content.count >> 8), UInt8(content.count & 0xFF), expecting: min(256, size - content.count))
            try #require(part.status == .success && !part.data.isEmpty)
            content += part.data
        }
        return content
    }

    @Test(arguments: [CardKeyKind.rsa2048, .rsa3072, .p256, .p384])
    func `the files lead from EF.DIR to two certificates and their keys`(kind: CardKeyKind) throws {
        let card = try TestFileCards.osEID(kind)
        let entry = try TLV(parsingFirstOf: read([0x2F, 0x00], of: card)).children()
        #expect(entry.first(0x4F) == Self.name)
        #expect(entry.first(0x51) == [0x3F, 0x00, 0x50, 0x15])
        let directories = try TLV.series(parsing: read([0x50, 0x15, 0x50, 0x31], of: card))
        #expect(Set(directories.map(\.tag)) == [0xA8, 0xA0, 0xA1, 0xA4])
        for directory in directories {
            let path = try TLV(parsingFirstOf: directory.value).children().required(0x04)
            let objects = try TLV.series(parsing: read(path, of: card))
            #expect(objects.count == (directory.tag == 0xA8 ? 1 : 2))
        }
        for (index, usage) in ["01", "02"].enumerated() {
            let certificate = try Certificate(derEncoded: read([0x50, 0x15, 0x43, UInt8(index + 1)], of: card))
            #expect(try certificate.extensions.keyUsage?.nonRepudiation == (index == 1), "\(usage)")
            #expect("\(certificate.issuer)".contains("Tessera Test"))
        }
    }

    @Test func `a digest is signed with the key of its certificate`() throws {
        let card = try TestFileCards.osEID(.p256)
        let digest = Array(SHA256.hash(data: Data("ten euros".utf8)))
        for key in [UInt8(1), 2] {
            #expect(try card.send(0xA4, 0x08, 0x0C, [0x50, 0x15, 0x4B, key], expecting: nil).status == .success)
            let environment: [UInt8] = [0x80, 0x01, 0x04, 0x81, 0x02, 0x4B, key, 0x84, 0x01, 0x00]
            #expect(try card.send(0x22, 0x41, 0xB6, environment, expecting: nil).status == .success)
            #expect(try card.send(0x2A, 0x9E, 0x9A, digest).status == .conditionsNotSatisfied || key == 2)
            #expect(try card.send(0x20, 0x00, 0x01, padded("123456"), expecting: nil).status == .success)
            let signature = try card.send(0x2A, 0x9E, 0x9A, digest)
            let certificate = try Certificate(derEncoded: read([0x50, 0x15, 0x43, key], of: card))
            let publicKey = try #require(P256.Signing.PublicKey(certificate.publicKey))
            #expect(
                publicKey.isValidSignature(
                    try P256.Signing.ECDSASignature(derRepresentation: signature.data), for: SHA256.hash(data: Data("ten euros".utf8))))
        }
    }

    @Test func `keys are told apart, and what the card does not have is refused`() throws {
        let card = try TestFileCards.osEID(.p256)
        _ = try card.send(0xA4, 0x08, 0x0C, [0x50, 0x15], expecting: nil)
        let refused: [([UInt8], StatusWord)] = [
            ([0x80, 0x01, 0x04, 0x81, 0x02, 0x4B, 0x03, 0x84, 0x01, 0x00], .referencedDataNotFound),
            ([0x80, 0x01, 0x04, 0x81, 0x02, 0x4B, 0x01, 0x84, 0x01, 0x01], .referencedDataNotFound),
            ([0x80, 0x01, 0x99, 0x81, 0x02, 0x4B, 0x01, 0x84, 0x01, 0x00], .functionNotSupported),
            ([0x81, 0x02, 0x4B, 0x01], .wrongData), ([0x80, 0x7F], .wrongData),
        ]
        for (template, status) in refused { #expect(try card.send(0x22, 0x41, 0xB6, template, expecting: nil).status == status) }
        #expect(try card.send(0x22, 0x81, 0xB6, [0x80, 0x01, 0x04], expecting: nil).status == .wrongParameters)
        #expect(try card.send(0x2A, 0x9E, 0x9A, [1, 2, 3]).status == .conditionsNotSatisfied)
        #expect(try card.send(0x2A, 0x80, 0x86, [1, 2, 3]).status == .wrongParameters)
        // Algorithm 02 is RSA, the key is not.
        _ = try card.send(0x22, 0x41, 0xB6, [0x80, 0x01, 0x02, 0x81, 0x02, 0x4B, 0x01, 0x84, 0x01, 0x00], expecting: nil)
        _ = try card.send(0x20, 0x00, 0x01, padded("123456"), expecting: nil)
        #expect(try card.send(0x2A, 0x9E, 0x9A, Array(repeating: 1, count: 32)).status == .wrongData)
    }

    @Test func `INTERNAL AUTHENTICATE signs under the authentication template alone`() throws {
        let card = try TestFileCards.osEID(.p256)
        _ = try card.send(0xA4, 0x08, 0x0C, [0x50, 0x15, 0x4B, 0x01], expecting: nil)
        _ = try card.send(0x20, 0x00, 0x01, padded("123456"), expecting: nil)
        let environment: [UInt8] = [0x80, 0x01, 0x04, 0x81, 0x02, 0x4B, 0x01, 0x84, 0x01, 0x00]
        let digest = Array(repeating: UInt8(7), count: 32)
        _ = try card.send(0x22, 0x41, 0xB6, environment, expecting: nil)
        #expect(try card.send(0x88, 0x00, 0x00, digest).status == .conditionsNotSatisfied)
        _ = try card.send(0x22, 0x41, 0xA4, environment, expecting: nil)
        #expect(try card.send(0x2A, 0x9E, 0x9A, digest).status == .conditionsNotSatisfied)
        #expect(try card.send(0x88, 0x00, 0x00, digest).status == .success)
    }

    @Test func `the PUK gives a blocked PIN its tries back, and no login`() throws {
        let card = try TestFileCards.osEID(tries: 1)
        #expect(try card.send(0x20, 0x00, 0x01, padded("999999"), expecting: nil).status == .authenticationBlocked)
        #expect(try card.send(0x2C, 0x00, 0x01, padded("12345678") + padded("7777"), expecting: nil).status == .success)
        #expect(try card.send(0x20, 0x00, 0x01, expecting: nil).status.triesLeft == 1)
        #expect(try card.send(0x20, 0x00, 0x01, padded("7777"), expecting: nil).status == .success)
        #expect(try card.send(0x2E, 0x00, 0x00, expecting: nil).status == .success)
        #expect(try card.send(0x20, 0x00, 0x01, expecting: nil).status.triesLeft == 1)
        #expect(try card.send(0x2C, 0x00, 0x01, padded("00000000") + padded("7777"), expecting: nil).status == .authenticationBlocked)
        #expect(try card.send(0x2C, 0x00, 0x01, padded("12345678") + padded("7777"), expecting: nil).status == .authenticationBlocked)
    }

    @Test func `PINs that no card takes are refused at personalisation, with what it takes`() {
        #expect(throws: PersonalisationError.unsuitableValue("a PIN of 4 to 8 characters")) {
            try FreshPIN("123", puk: "12345678", for: .osEID, tries: 3)
        }
        #expect(throws: PersonalisationError.unsuitableValue("a PUK of 4 to 12 digits")) {
            try FreshPIN("1234", puk: "letters", for: IASClassicFamily.v4.layout, tries: 3)
        }
    }
}
