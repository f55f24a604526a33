import ISO7816
import Testing

@testable import Emulation

/// The card that says of itself what a driver needs.
@Suite struct ISOCardTests {
    private func read(_ path: [UInt8], of card: VirtualCard) throws -> [UInt8] {
        #expect(try card.send(0xA4, 0x08, 0x0C, path, expecting: nil).status == .success)
        return try card.send(0xB0, 0x00, 0x00, expecting: 65_536, form: .extended).data
    }

    @Test(arguments: [CardTransmission.t0, .t1], [true, false])
    func `its historical bytes are true of it`(transmission: CardTransmission, extended: Bool) throws {
        let card = try TestFileCards.iso(transmission: transmission, extendedLength: extended)
        let bytes = card.atr.historicalBytes
        #expect(bytes.first == 0x80 && bytes.count == 15)
        // Card service data: SELECT by full (bit 8) and partial name (bit 7), EF.DIR (bit 6) of records, a master file.
        #expect(Array(bytes[1...2]) == [0x31, 0xE0])
        let select = try ([0x00, 0xA4, 0x04, 0x0C, 0x05] + PKCS15Layout.pkcs15Name.prefix(5)).asCommand(card)
        #expect(select == [0x90, 0x00])
        // Card capabilities: chaining (bit 8), extended length (bit 7).
        #expect(bytes[3] == 0x73 && bytes[6] == (card.rules.takesExtendedLength ? 0xC0 : 0x80))
        #expect(card.rules.takesExtendedLength == (extended && transmission == .t1))
        #expect(try [0x00, 0xB2, 0x01, 0xF4, 0x00].asCommand(card).first == 0x6A)
        _ = try [0x00, 0xA4, 0x00, 0x0C, 0x02, 0x3F, 0x00].asCommand(card)
        let entry = try [0x00, 0xB2, 0x01, 0xF4, 0x00].asCommand(card)
        #expect(entry.first == (transmission == .t0 ? 0x6C : 0x61), "\(entry.hexadecimal)")
    }

    @Test(arguments: [CardKeyKind.rsa2048, .p256]) func `TokenInfo names the algorithms, and each key those that it takes`(
        kind: CardKeyKind
    ) throws {
        let card = try TestFileCards.iso(kind)
        let info = try TLV(parsingFirstOf: read([0x50, 0x15, 0x50, 0x32], of: card)).children()
        let algorithms = try TLV.series(parsing: info.required(0xA2)).map { try $0.children() }
        #expect(algorithms.count == (kind == .rsa2048 ? 5 : 1))
        let references = algorithms.compactMap { $0.first { $0.tag == 0x02 }?.value }
        for key in try TLV.series(parsing: read([0x50, 0x15, 0x44, 0x02], of: card)) {
            let common = try key.children()[1].children()
            #expect(try TLV.series(parsing: common.required(0xA1)).map(\.value) == references)
        }
        // Each of them is taken by MSE, and none besides.
        let taken = (UInt8.min...UInt8.max).filter { reference in
            (try? card.send(0x22, 0x41, 0xB6, [0x80, 0x01, reference, 0x84, 0x01, 0x82], expecting: nil).status) == .success
        }
        #expect(Set(taken).isSuperset(of: algorithms.compactMap { $0.last?.value.first }))
        #expect(taken.count == PKCS15Algorithm.allCases.count)
    }

    @Test func `PIN and PUK are in the AODF, the PUK guards the PIN, and both do what it says`() throws {
        let card = try TestFileCards.iso(tries: 1)
        let pins = try TLV.series(parsing: read([0x50, 0x15, 0x44, 0x01], of: card)).map { try $0.children() }
        #expect(pins.count == 2)
        #expect(try pins[0][0].children().required(0x04) == pins[1][1].children().required(0x04))
        let padded = { (pin: String) in Array(pin.utf8) + Array(repeating: UInt8(0), count: 12 - pin.utf8.count) }
        #expect(try card.send(0x20, 0x00, 0x82, expecting: nil).status.triesLeft == 1)
        #expect(try card.send(0x20, 0x00, 0x82, padded("12345678"), expecting: nil).status == .success)
        #expect(try card.send(0x20, 0xFF, 0x82, expecting: nil).status == .success)
        #expect(try card.send(0x20, 0x00, 0x82, expecting: nil).status.triesLeft == 1)
        #expect(try card.send(0x20, 0x00, 0x83, expecting: nil).status == .referencedDataNotFound)
        #expect(try card.send(0x20, 0x00, 0x81, padded("999999"), expecting: nil).status.description == "63C0")
        #expect(try card.send(0x2C, 0x00, 0x81, padded("12345678") + padded("246802"), expecting: nil).status == .success)
        #expect(try card.send(0x24, 0x00, 0x81, padded("246802") + padded("1357"), expecting: nil).status == .success)
        #expect(try card.send(0x20, 0x00, 0x81, padded("1357"), expecting: nil).status == .success)
    }
}

extension [UInt8] {
    /// The card's answer, byte for byte.
    fileprivate func asCommand(_ card: VirtualCard) throws -> [UInt8] { card.process(self) }
}
