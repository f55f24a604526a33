import ISO7816
import Testing

@testable import Emulation

/// What a lying card says; what drivers make of it is tested where the drivers are.
@Suite struct CardLieTests {
    private static let read: [UInt8] = [0x00, 0xB0, 0x00, 0x00, 0x40]

    private func card() throws -> VirtualCard {
        let card = try TestFileCards.osEID()
        _ = try card.raw("00A4080C022F00")
        return card
    }

    @Test func `a lie is told to the commands that it is for, and to GET RESPONSE behind them`() throws {
        let card = try card()
        card.tell(.endlessMore, to: [0xB0])
        #expect(try card.raw("00C0000000") == "6985")
        for _ in 0..<3 {
            #expect(card.process(Self.read) == [0x61, 0xFF])
            #expect(try card.raw("00C00000FF") == "61FF")
        }
        #expect(try card.raw("00200001") == "63C3")
        #expect(try card.raw("00C00000FF") == "6985")
        card.tell(nil)
        #expect(card.process(Self.read).suffix(2) == [0x90, 0x00])
    }

    @Test func `lies about data keep their length and the status`() throws {
        let card = try card()
        let truth = card.process(Self.read)
        for lie in [CardLie.hugeLength, .deepNesting, .otherContent] {
            card.tell(lie)
            let told = card.process(Self.read)
            #expect(told.count == truth.count && told.suffix(2) == truth.suffix(2) && told != truth, "\(lie.rawValue)")
            #expect(try card.raw("00200001") == "63C3")
        }
        card.tell(.deepNesting)
        var object = try TLV(parsingFirstOf: card.process(Self.read).dropLast(2))
        var depth = 1
        while let inner = try? TLV(parsingFirstOf: object.value) {
            object = inner
            depth += 1
        }
        #expect(depth == 16)
        card.tell(.otherContent)
        #expect(try TLV(parsingFirstOf: card.process(Self.read).dropLast(2)).children().allSatisfy { $0.tag == 0x05 })
        card.tell(.hugeLength)
        #expect(throws: TLVError.malformed) { try TLV(parsingFirstOf: card.process(Self.read).dropLast(2)) }
    }

    @Test func `the other lies replace every answer, and what the card does stays`() throws {
        let card = try card()
        card.tell(.truncated)
        #expect(try card.raw("0020000108313233343536FFFF") == "90")
        card.tell(.endlessCorrection)
        #expect(try card.raw("00200001") == "6C10")
        card.tell(.overLong)
        #expect(try card.raw("00200001").count == 2 * 60_002)
        card.tell(.endlessData)
        #expect(try card.raw("00200001").count == 2 * 257)
        card.tell(nil)
        #expect(try card.raw("00200001") == "9000")
    }

    @Test func `a lie is known by its name`() {
        for lie in CardLie.allCases { #expect(CardLie(rawValue: lie.rawValue) == lie) }
        #expect(CardLie(rawValue: "white") == nil)
    }
}
