import ISO7816
import Testing

@testable import Emulation

/// The twin of an identity card, before anybody has opened it.
@Suite struct EIDCardTests {
    @Test func `its ATRs are three, and contactless`() throws {
        #expect(Set(EIDModel.allCases.map(\.atr)).count == 3)
        #expect(try ATR(parsing: EIDModel.year2014.atr).description == "3B 8F 80 01 80 31 80 65 B0 85 03 00 EF 12 0F FF 82 90 00 73")
        for model in EIDModel.allCases {
            // PC/SC part 3: 3B 8n 80 01 stands for a contactless card.
            #expect(model.atr.first == 0x3B && model.atr.dropFirst(2).starts(with: [0x80, 0x01]))
            #expect(try TestFileCards.eID(model).atr.bytes == model.atr)
        }
    }

    @Test func `its application can be selected, and nothing can be read, asked or used`() throws {
        let card = try TestFileCards.eID(.year2014)
        #expect(try card.send(0xA4, 0x04, 0x00, IASClassicFamily.v4.name).status == .success)
        // Neither what is there nor what is not.
        #expect(try card.send(0xA4, 0x08, 0x00, [0x50, 0x00, 0x50, 0x31]).status == .securityStatusNotSatisfied)
        #expect(try card.send(0xA4, 0x00, 0x00, [0x12, 0x34]).status == .securityStatusNotSatisfied)
        #expect(try card.send(0xA4, 0x04, 0x00, PKCS15Layout.pkcs15Name).status == .fileNotFound)
        let pin = Array("123456".utf8) + Array(repeating: UInt8(0), count: 6)
        let closed: [(UInt8, UInt8, UInt8, [UInt8])] = [
            (0xB0, 0x00, 0x00, []), (0xB1, 0x00, 0x00, [0x54, 0x01, 0x00]), (0xB2, 0x01, 0x04, []), (0xCA, 0x01, 0x01, []),
            (0xCB, 0x00, 0xFF, [0xA0, 0x03, 0x83, 0x01, 0x11]), (0x20, 0x00, 0x11, []), (0x20, 0x00, 0x11, pin),
            (0x24, 0x00, 0x11, pin + pin),
            (0x2C, 0x00, 0x11, pin + pin), (0x22, 0x41, 0xB6, [0x80, 0x01, 0x42, 0x84, 0x01, 0x01]), (0x2A, 0x9E, 0x9A, [1]),
            (0x88, 0x00, 0x00, [1]), (0xD6, 0x00, 0x00, [1]), (0x47, 0x81, 0x00, []),
        ]
        for (instruction, p1, p2, data) in closed {
            #expect(try card.send(instruction, p1, p2, data).status == .securityStatusNotSatisfied, "\(instruction)")
        }
        #expect(try card.send(0x84, 0x00, 0x00, expecting: 8).data.count == 8)
    }
}
