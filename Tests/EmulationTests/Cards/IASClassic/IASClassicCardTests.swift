import Crypto
import Foundation
import ISO7816
import SwiftASN1
import Testing
import X509

@testable import Emulation

/// The twins of LuxTrust's smartcard and stick, used as their middleware would.
@Suite struct IASClassicCardTests {
    private static let pin = Array("123456".utf8) + Array(repeating: UInt8(0), count: 6)
    private static let digest = Array(SHA256.hash(data: Data("ten euros".utf8)))

    /// A command as the reader hands it over, with what follows on T=0.
    private func send(_ bytes: [UInt8], to card: VirtualCard) throws -> ResponseAPDU {
        var answer = try ResponseAPDU(parsing: card.process(card.rules.isT0 ? CommandAPDU.overT0(bytes) : bytes))
        if StatusWord.wrongExpectedLength ~= answer.status {
            answer = try ResponseAPDU(parsing: card.process(bytes.dropLast() + [answer.status.sw2]))
        }
        var data = answer.data
        while StatusWord.moreData ~= answer.status {
            answer = try ResponseAPDU(parsing: card.process([0x00, 0xC0, 0x00, 0x00, answer.status.sw2]))
            data += answer.data
        }
        return ResponseAPDU(data: data, status: answer.status)
    }

    @Test(arguments: IASClassicFamily.allCases, CardTransmission.allCases)
    func `a digest is signed in two steps, and the certificate's key verifies it`(family: IASClassicFamily, transmission: CardTransmission)
        throws
    {
        let card = try TestFileCards.iasClassic(family, transmission)
        #expect(card.atr.protocols == (transmission == .t0 ? [0] : [1]))
        let name = family.name
        #expect(try send([0x00, 0xA4, 0x04, 0x00, UInt8(name.count)] + name + [0x00], to: card).status == .success)
        #expect(try send([0x00, 0x20, 0x00, 0x11], to: card).status.triesLeft == 3)
        let environment: [UInt8] = [0x00, 0x22, 0x41, 0xB6, 0x06, 0x80, 0x01, 0x42, 0x84, 0x01, 0x02]
        #expect(try send(environment, to: card).status == .success)
        let hash = [0x00, 0x2A, 0x90, 0xA0, 0x22, 0x90, 0x20] + Self.digest
        #expect(try send(hash + [0x00], to: card) == ResponseAPDU(data: Self.digest, status: .success))
        #expect(try send([0x00, 0x2A, 0x9E, 0x9A, 0x00], to: card).status == .securityStatusNotSatisfied)
        #expect(try send([0x00, 0x20, 0x00, 0x11, 0x0C] + Self.pin, to: card).status == .success)
        // The refused signature took the digest with it.
        #expect(try send([0x00, 0x2A, 0x9E, 0x9A, 0x00], to: card).status == .conditionsNotSatisfied)
        _ = try send(hash, to: card)
        let signature = try send([0x00, 0x2A, 0x9E, 0x9A, 0x00], to: card)
        #expect(signature.status == .success)

        let certificate = try Certificate(derEncoded: TestFileCards.content(family).certificates[1])
        #expect(
            certificate.publicKey.isValidSignature(
                signature.data, for: Array("ten euros".utf8), signatureAlgorithm: .sha256WithRSAEncryption))
    }

    @Test func `over T=0 a digest is taken with 61 20`() throws {
        let card = try TestFileCards.iasClassic(.v4, .t0)
        _ = card.process([0x00, 0x22, 0x41, 0xB6, 0x06, 0x80, 0x01, 0x42, 0x84, 0x01, 0x01])
        #expect(card.process([0x00, 0x2A, 0x90, 0xA0, 0x22, 0x90, 0x20] + Self.digest) == [0x61, 0x20])
    }

    @Test func `the ATRs are those that were seen, and the one of T=1 holds together`() throws {
        #expect(try ATR(parsing: IASClassicFamily.v4.atrT0).description == "3B 7F 96 00 00 80 31 80 65 B0 85 05 00 11 12 0F FF 82 90 00")
        #expect(try ATR(parsing: IASClassicFamily.v3.atrT0).description == "3B 7D 96 00 00 80 31 80 65 B0 83 02 01 F3 83 00 90 00")
        for family in IASClassicFamily.allCases {
            let modern = try ATR(parsing: family.atrT1)
            #expect(modern.protocols == [1])
            #expect(try modern.historicalBytes == ATR(parsing: family.atrT0).historicalBytes)
        }
    }

    @Test func `the stick takes a SHA-1 digest, the current card does not`() throws {
        let environment: [UInt8] = [0x00, 0x22, 0x41, 0xB6, 0x06, 0x80, 0x01, 0x12, 0x84, 0x01, 0x01]
        #expect(try send(environment, to: TestFileCards.iasClassic(.v4)).status == .functionNotSupported)
        let stick = try TestFileCards.iasClassic(.v3)
        #expect(try send(environment, to: stick).status == .success)
        #expect(try send([0x00, 0x2A, 0x90, 0xA0, 0x22, 0x90, 0x20] + Self.digest, to: stick).status == .wrongData)
        #expect(try send([0x00, 0x2A, 0x90, 0xA0, 0x16, 0x90, 0x14] + Array(repeating: 1, count: 20), to: stick).status == .success)
    }

    @Test func `a new SELECT of the application ends the login`() throws {
        let card = try TestFileCards.iasClassic()
        _ = try send([0x00, 0x20, 0x00, 0x11, 0x0C] + Self.pin, to: card)
        #expect(try send([0x00, 0x20, 0x00, 0x11], to: card).status == .success)
        _ = try send([0x00, 0xA4, 0x04, 0x0C, 0x0C] + IASClassicFamily.v4.name, to: card)
        #expect(try send([0x00, 0x20, 0x00, 0x11], to: card).status.triesLeft == 3)
    }

    @Test func `SELECT finds a certificate by its identifier right after the application, and tells of it as the Uruguayan card does`()
        throws
    {
        let card = try TestFileCards.iasClassic(.v4, .t0)
        let name = IASClassicFamily.v4.name
        _ = try send([0x00, 0xA4, 0x04, 0x00, UInt8(name.count)] + name + [0x00], to: card)
        for (index, certificate) in try TestFileCards.content(.v4).certificates.enumerated() {
            let identifier: [UInt8] = [0xB0, UInt8(index + 1)]
            let told = try send([0x00, 0xA4, 0x00, 0x00, 0x02] + identifier + [0x00], to: card)
            // As eIDuy/apdu-services has it of a certificate of 1407 bytes: 6F 14 81 02 05 7F 82 01 01 83 02 B0 01 8A 01 05 8C 04 43 E5 E5 00.
            let size = [UInt8(certificate.count >> 8), UInt8(certificate.count & 0xFF)]
            let expected =
                [0x6F, 0x14, 0x81, 0x02] + size + [0x82, 0x01, 0x01, 0x83, 0x02] + identifier + [
                    0x8A, 0x01, 0x05, 0x8C, 0x04, 0x43, 0xE5, 0xE5, 0x00,
                ]
            #expect(told == ResponseAPDU(data: expected, status: .success))
            #expect(try send([0x00, 0xB0, 0x00, 0x00, 0x20], to: card).data == Array(certificate.prefix(32)))
        }
        // By path from the master file, but not from where one is; and what IAS ECC cards tell of their keys is not told.
        #expect(try send([0x00, 0xA4, 0x08, 0x00, 0x04, 0x50, 0x00, 0xB0, 0x01, 0x00], to: card).status == .success)
        #expect(try send([0x00, 0xA4, 0x09, 0x00, 0x02, 0x50, 0x06, 0x00], to: card).status == .wrongParameters)
        #expect(try send([0x00, 0xCB, 0x3F, 0xFF, 0x05, 0x4D, 0x03, 0x70, 0x01, 0xBF, 0x00], to: card).status == .wrongParameters)
    }

    @Test func `EF.DIR has the standard's name for the directory, which SELECT does not find`() throws {
        let card = try TestFileCards.iasClassic()
        #expect(try send([0x00, 0xA4, 0x08, 0x00, 0x02, 0x2F, 0x00, 0x00], to: card).status == .success)
        let listed = try TLV(parsingFirstOf: try send([0x00, 0xB0, 0x00, 0x00, 0x00], to: card).data).children()
        #expect(listed.first(0x4F)?.hexadecimal == "E828BD080F01" + Array("Gem P15".utf8).hexadecimal)
        #expect(listed.first(0x51) == [0x3F, 0x00, 0x50, 0x00])
        #expect(try send([0x00, 0xA4, 0x04, 0x00, 0x05, 0xE8, 0x28, 0xBD, 0x08, 0x0F, 0x00], to: card).status == .fileNotFound)
    }

    @Test func `PKCS#15 has no name of its own here, only directory 5000`() throws {
        let card = try TestFileCards.iasClassic()
        let name: [UInt8] = [0xA0, 0x00, 0x00, 0x00, 0x63] + Array("PKCS-15".utf8)
        #expect(try send([0x00, 0xA4, 0x04, 0x00, 0x0C] + name + [0x00], to: card).status == .fileNotFound)
        #expect(try send([0x00, 0xA4, 0x08, 0x00, 0x04, 0x50, 0x00, 0x50, 0x31, 0x00], to: card).status == .success)
        let directory = try send([0x00, 0xB0, 0x00, 0x00, 0x00], to: card)
        #expect(try TLV.series(parsing: directory.data).map(\.tag) == [0xA8, 0xA0, 0xA1, 0xA4])
    }
}
