import Foundation
import ISO7816
import SwiftASN1
import Testing
import X509

@testable import Emulation

@Suite struct PIVObjectTests {
    @Test(arguments: ["A000000308", "A00000030800001000", "A0000003080000100001", "A000000308000010000100"])
    func `SELECT answers the application property template`(name: String) throws {
        let card = try TestCards.powered()
        let response = try card.send(0xA4, 0x04, 0x00, #require([UInt8](hexadecimal: name)))
        #expect(response.status == .success)
        let template = try TLV(parsingFirstOf: response.data)
        #expect(template.tag == 0x61)
        let objects = try template.children()
        #expect(objects.first(0x4F)?.hexadecimal == "000010000100")
        #expect(try TLV.series(parsing: objects.required(0x79)).first(0x4F)?.hexadecimal == "A000000308")
    }

    @Test func `the discovery object names the application and its own PIN`() throws {
        let response = try TestCards.powered().object([0x7E])
        #expect(response.data.hexadecimal == "7E124F0BA0000003080000100001005F2F024000")
    }

    @Test func `the card holder's identifier carries number and expiry`() throws {
        let object = try TLV(parsingFirstOf: TestCards.powered().object([0x5F, 0xC1, 0x02]).data)
        #expect(object.tag == 0x53)
        let parts = try object.children()
        #expect(parts.map(\.tag) == [0x30, 0x34, 0x35, 0x3E, 0xFE])
        #expect(parts.first(0x34) == Array(1...16))
        #expect(parts.first(0x35).map { String(decoding: $0, as: UTF8.self) } == "20300115")
    }

    @Test func `the federal number is well-formed: odd parity and nines`() throws {
        let parts = try TLV(parsingFirstOf: TestCards.powered().object([0x5F, 0xC1, 0x02]).data).children()
        let number = try parts.required(0x30)
        #expect(number.count == 25)
        let bits = number.flatMap { byte in (0..<8).map { Int(byte >> (7 - $0) & 1) } }
        let characters = stride(from: 0, to: 200, by: 5).map { Array(bits[$0..<$0 + 5]) }
        #expect(characters.allSatisfy { $0.reduce(0, +) % 2 == 1 })
        // Four data bits, the lowest first: start, agency 9999, separator, system 9999.
        let values = characters.map { $0[0] + 2 * $0[1] + 4 * $0[2] + 8 * $0[3] }
        #expect(values.prefix(11) == [11, 9, 9, 9, 9, 13, 9, 9, 9, 9, 13])
        // The last character makes the exclusive-or of all zero.
        #expect(values.reduce(0, ^) == 0)
    }

    @Test func `the capability container has every element that the standard wants`() throws {
        let parts = try TLV(parsingFirstOf: TestCards.powered().object([0x5F, 0xC1, 0x07]).data).children()
        #expect(parts.map(\.tag) == [0xF0, 0xF1, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xFA, 0xFB, 0xFC, 0xFD, 0xFE])
        #expect(parts.first(0xF0)?.count == 21)
        #expect(parts.first(0xF0)?.prefix(5) == [0xA0, 0x00, 0x00, 0x01, 0x16])
        #expect(parts.first(0xF5) == [0x10])
    }

    @Test func `the key history says that there are no retired keys`() throws {
        #expect(try TestCards.powered().object([0x5F, 0xC1, 0x0C]).data.hexadecimal == "5308C10100C20100FE00")
    }

    @Test(arguments: CardKeyKind.allCases, [0x05, 0x0A, 0x0B, 0x01] as [UInt8])
    func `each certificate is there, not compressed, for its own key`(kind: CardKeyKind, last: UInt8) throws {
        let card = try TestCards.powered(kind)
        let response = try card.object([0x5F, 0xC1, last])
        #expect(response.status == .success)
        let parts = try TLV(parsingFirstOf: response.data).children()
        #expect(parts.map(\.tag) == [0x70, 0x71, 0xFE])
        #expect(parts.first(0x71) == [0])
        let certificate = try Certificate(derEncoded: parts.required(0x70))
        let slot = try #require(PIVSlot.allCases.first { UInt8($0.certificateObject & 0xFF) == last })
        let key = try #require(try TestCards.content(kind).keys[slot])
        #expect(try certificate.publicKey == Certificate.PublicKey(derEncoded: key.publicKey()))
    }

    @Test func `an extended GET DATA brings a certificate at once, a short one in parts`() throws {
        let card = try TestCards.powered(.rsa2048)
        let request = TLV(0x5C, [0x5F, 0xC1, 0x05]).encoded
        let command = CommandAPDU(instruction: 0xCB, p1: 0x3F, p2: 0xFF, data: request, expectedLength: 65_536)
        let whole = card.process(try command.encoded(.extended))
        #expect(whole.suffix(2).hexadecimal == "9000")
        let parts = try card.send(0xCB, 0x3F, 0xFF, request)
        #expect(parts.encoded == whole)
        #expect(try card.raw("00CB3FFF055C035FC10500").hasSuffix("6100"))
    }

    @Test(arguments: [0x03, 0x08, 0x09, 0x21, 0x23] as [UInt8])
    func `a protected object asks for the PIN before it says that it is absent`(last: UInt8) throws {
        let card = try TestCards.powered()
        #expect(try card.object([0x5F, 0xC1, last]).status == .securityStatusNotSatisfied)
        _ = try card.verify("123456")
        #expect(try card.object([0x5F, 0xC1, last]).status == .fileNotFound)
    }

    @Test(arguments: [[0x5F, 0xC1, 0x06], [0x5F, 0xC1, 0x0D], [0x5F, 0xFF, 0x01], [0x7F, 0x61], [0x00]] as [[UInt8]])
    func `an object that the card does not have is not found`(tag: [UInt8]) throws {
        #expect(try TestCards.powered().object(tag).status == .fileNotFound)
    }

    @Test(
        arguments: [
            ("00CB3FFF00", "6A80"), ("00CB3FFF025C0000", "6A80"), ("00CB3FFF035D017E00", "6A80"), ("00CB3FFF065C045FC1050000", "6A80"),
            ("00CB3FFF025C0500", "6A80"), ("00CB3F00035C017E00", "6A86"), ("00CB00FF035C017E00", "6A86"), ("00CA3FFF035C017E00", "6D00"),
            ("80CB3FFF035C017E00", "6E00"), ("00A40000023F0000", "6A86"), ("00B0000000", "6D00"), ("0084000008", "6D00"),
        ])
    func `a request that is not as it should be is told why`(command: String, status: String) throws {
        #expect(try TestCards.powered().raw(command) == status)
    }

    @Test(arguments: ["00DB3FFF055C035FC105", "0047009A05AC038001 11", "00DB3FFF0A5C035FC10553037001AA"])
    func `nobody manages a card whose management key is destroyed`(command: String) throws {
        let card = try TestCards.powered()
        let before = try card.object([0x5F, 0xC1, 0x05])
        _ = try card.verify("123456")
        #expect(try card.raw(command) == "6982")
        #expect(try card.object([0x5F, 0xC1, 0x05]) == before)
    }

    @Test func `the management key's challenges come from the given randomness`() throws {
        let first = try TestCards.powered(seed: 7)
        let second = try TestCards.powered(seed: 7)
        let challenge = try first.raw("0087009B047C02810000")
        #expect(challenge.hasPrefix("7C0A8108") && challenge.hasSuffix("9000") && challenge.count == 28)
        #expect(try second.raw("0087039B047C02810000") == challenge)
        #expect(try first.raw("0087009B047C02810000") != challenge)
        #expect(try TestCards.powered(seed: 8).raw("0087009B047C02810000") != challenge)
    }

    @Test(
        arguments: [
            ("0087009B0C7C0A8208000000000000000000", "6982"), ("0087009B0C7C0A8108000000000000000000", "6982"),
            ("0087009B047C02800000", "6982"),
            ("0087089B047C02810000", "6A86"), ("0087009B0400", "6700"), ("0087009B02810000", "6A80"), ("0087009B00", "6A80"),
        ])
    func `no answer opens the management key`(command: String, status: String) throws {
        #expect(try TestCards.powered().raw(command) == status)
    }
}
