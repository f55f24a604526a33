import ISO7816
import TestSupport
import Testing

@testable import Emulation

/// A card stands on the street: whatever comes in, it answers, and only a VERIFY costs a try.
@Suite struct GarbageTests {
    /// VERIFY, CHANGE REFERENCE DATA, RESET RETRY COUNTER.
    private static let pinInstructions: Set<UInt8> = [0x20, 0x24, 0x2C]

    private func triesLeft(_ card: VirtualCard) throws -> Int {
        card.reset()
        return try #require(try card.pinStatus().triesLeft)
    }

    @Test(arguments: stride(from: 0, through: 255, by: 1).map { UInt8($0) })
    func `every instruction with garbage is answered, and no try is lost`(instruction: UInt8) throws {
        var generator = SeededGenerator(seed: UInt64(instruction) + 1000)
        let card = try TestCards.powered()
        for round in 0..<60 {
            let data = generator.bytes(Int.random(in: 0...(round % 2 == 0 ? 12 : 300), using: &generator))
            let parameters = generator.bytes(2)
            let p2: UInt8 = round % 3 == 0 ? 0x80 : parameters[1]
            let instructionClass: UInt8 = round % 5 == 0 ? 0x10 : 0x00
            let command = CommandAPDU(
                instructionClass: instructionClass, instruction: instruction, p1: round % 3 == 0 ? 0 : parameters[0], p2: p2, data: data,
                expectedLength: round % 4 == 0 ? nil : 256)
            let answer = card.process(try command.encoded(data.count > 255 ? .extended : .short))
            #expect((2...258).contains(answer.count))
        }
        // Random bytes are not eight digits: not even the PIN's instructions compared anything.
        #expect(try triesLeft(card) == 3)
    }

    @Test(arguments: 0..<40)
    func `random bytes of any length are answered`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let card = try TestCards.powered()
        for _ in 0..<250 {
            let bytes = generator.bytes(Int.random(in: 0...40, using: &generator))
            let answer = card.process(bytes)
            #expect(answer.count >= 2)
        }
        #expect(try triesLeft(card) == 3)
    }

    @Test(arguments: 0..<20)
    func `wrong PINs among garbage cost exactly their tries`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let card = try TestCards.powered(tries: 15)
        var expected = 15
        for _ in 0..<100 {
            if Int.random(in: 0..<10, using: &generator) == 0, expected > 0 {
                let wrong = (0..<6).map { _ in UInt8.random(in: 0x30...0x34, using: &generator) }
                expected -= 1
                #expect(try card.verify(String(decoding: wrong, as: UTF8.self)).triesLeft == expected)
            } else {
                var bytes = generator.bytes(Int.random(in: 0...20, using: &generator))
                if bytes.count > 1, Self.pinInstructions.contains(bytes[1]) { bytes[1] = 0xCB }
                _ = card.process(bytes)
            }
        }
        #expect(try triesLeft(card) == expected)
    }

    @Test(arguments: 0..<20)
    func `a card with Yubico's commands, and one whose management is open, answer garbage and lose no try`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for isOpen in [false, true] {
            let card = try TestCards.powered(options: PIVOptions(extensions: .yubico))
            if isOpen { _ = try card.manage() }
            for _ in 0..<150 {
                // The instructions that change the card come often, with parameters that they take.
                let instruction: UInt8 =
                    [0x47, 0x87, 0xCB, 0xDB, 0xF7, 0xF8, 0xFA, 0xFB, 0xFD, 0xFE, 0xFF].randomElement(using: &generator) ?? 0
                let p1: UInt8 = [0x00, 0x03, 0x07, 0x11, 0x3F, 0xFF].randomElement(using: &generator) ?? 0
                let p2: UInt8 = [0x00, 0x80, 0x82, 0x9A, 0x9B, 0x9E, 0xFF].randomElement(using: &generator) ?? 0
                let tags: [UInt8] = [0x01, 0x06, 0x53, 0x5C, 0x7C, 0x7E, 0x80, 0x81, 0x82, 0x9B, 0xAC]
                let data = (0..<Int.random(in: 0...40, using: &generator)).map { position in
                    position % 3 == 0 ? tags.randomElement(using: &generator) ?? 0 : UInt8.random(in: 0...40, using: &generator)
                }
                let command = CommandAPDU(instruction: instruction, p1: p1, p2: p2, data: data, expectedLength: 256)
                #expect(card.process(try command.encoded(.short)).count >= 2)
            }
            #expect(try triesLeft(card) == 3)
        }
    }

    @Test(arguments: 0..<30)
    func `a valid template damaged at any byte is answered`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let card = try TestCards.powered()
        let template = TLV(0x7C, containing: [TLV(0x82, []), TLV(0x81, Array(repeating: 7, count: 32))]).encoded
        for position in template.indices {
            var damaged = template
            damaged[position] ^= UInt8.random(in: 1...255, using: &generator)
            let status = try card.send(0x87, 0x11, 0x9E, damaged).status
            #expect(status == .success || status == .wrongData)
        }
    }

    @Test func `every prefix of a valid command is answered`() throws {
        let card = try TestCards.powered()
        let command = try CommandAPDU(instruction: 0xCB, p1: 0x3F, p2: 0xFF, data: [0x5C, 0x01, 0x7E], expectedLength: 65_536).encoded(
            .extended)
        for count in 0..<command.count { #expect(card.process(Array(command.prefix(count))).count == 2) }
        #expect(card.process(command).count == 22)
    }
}
