import ISO7816
import TestSupport
import Testing

@testable import Emulation

/// A card with files stands on the street, too: whatever comes in, it answers, and only a VERIFY costs a try.
@Suite struct FileSystemGarbageTests {
    @Test(arguments: 0..<64) func `commands with garbage are answered, and no try is lost`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed + 500)
        let card = try TestFileCards.iso()
        let instructions: [UInt8] = [
            0x0E, 0x20, 0x22, 0x24, 0x2A, 0x2C, 0x46, 0x47, 0x84, 0x88, 0xA4, 0xB0, 0xB1, 0xB2, 0xCA, 0xCB, 0xD6, 0xD7, 0xDC, 0xE2,
        ]
        for _ in 0..<300 {
            let data = generator.bytes(Int.random(in: 0...40, using: &generator))
            let parameters = generator.bytes(2)
            let command = CommandAPDU(
                instruction: instructions[Int.random(in: 0..<instructions.count, using: &generator)],
                p1: Bool.random(using: &generator) ? 0 : parameters[0], p2: Bool.random(using: &generator) ? 0x81 : parameters[1],
                data: data,
                expectedLength: Bool.random(using: &generator) ? nil : 256)
            let answer = card.process(try command.encoded())
            #expect((2...258).contains(answer.count))
        }
        card.reset()
        // Random bytes are no digits with filling, so nothing was compared.
        #expect(try card.send(0x20, 0x00, 0x81, expecting: nil).status.triesLeft == 3)
        #expect(try card.send(0x20, 0x00, 0x82, expecting: nil).status.triesLeft == 3)
    }

    @Test func `every prefix and every damage of a template is answered`() throws {
        let card = try TestFileCards.iso()
        let template = TLV(0xB6, containing: [TLV(0x80, [0x04]), TLV(0x84, [0x82])]).encoded
        for position in template.indices {
            for bit in 0..<8 {
                var damaged = template
                damaged[position] ^= 1 << UInt8(bit)
                #expect(try card.send(0x47, 0x81, 0x00, damaged).status != .memoryFailure)
                #expect(try card.send(0x22, 0x41, 0xB6, damaged, expecting: nil).status != .memoryFailure)
            }
            _ = try card.send(0x22, 0x41, 0xB6, Array(template.prefix(position)), expecting: nil)
        }
    }
}
