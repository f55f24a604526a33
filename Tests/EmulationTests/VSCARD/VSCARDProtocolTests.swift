import ISO7816
import TestSupport
import Testing

@testable import Emulation

struct VSCARDProtocolTests {
    private let place = "qemu:1"
    /// What QEMU 7.2 sends first, as captured from its chardev.
    private let initialise = "00000001FFFFFFFF0000000C565343440000000200000000"
    private let success = "000000020000000000000004" + "00000000"

    private func receive(_ hex: String, by wire: inout VSCARDProtocol) throws -> [VSCARDProtocol.Action] {
        try wire.receive(#require([UInt8](hexadecimal: hex)), from: place)
    }

    @Test func `the greeting is that of QEMU`() { #expect(VSCARDProtocol.greeting.hexadecimal == initialise) }

    @Test func `a reader is offered when QEMU says Init, and the card when the reader is accepted`() throws {
        var wire = VSCARDProtocol()
        let readerAdd = try #require([UInt8](hexadecimal: "00000003FFFFFFFF00000007" + "54657373657261"))
        #expect(try receive(initialise, by: &wire) == [.send(readerAdd)])
        #expect(try receive(success, by: &wire) == [.insert])
        // The answer to the ATR.
        #expect(try receive(success, by: &wire) == [])
    }

    @Test func `a reader that is plugged in anew gets the card anew`() throws {
        var wire = VSCARDProtocol()
        _ = try receive(initialise + success + success, by: &wire)
        #expect(try receive(initialise + success, by: &wire).last == .insert)
    }

    @Test func `two Init at once bring one card`() throws {
        var wire = VSCARDProtocol()
        let actions = try receive(initialise + initialise + success + success, by: &wire)
        #expect(actions.count == 3)
        #expect(actions.filter { $0 == .insert }.count == 1)
    }

    @Test(arguments: [1, 5, 11, 12, 13]) func `messages in pieces are put together`(size: Int) throws {
        var wire = VSCARDProtocol()
        var actions: [VSCARDProtocol.Action] = []
        let bytes = try #require([UInt8](hexadecimal: "00000007000000000000000400A40400" + "000000080000000000000000"))
        var rest = bytes[...]
        while !rest.isEmpty {
            actions += try wire.receive(rest.prefix(size), from: place)
            rest = rest.dropFirst(size)
        }
        let complete = try #require([UInt8](hexadecimal: "000000090000000000000000"))
        #expect(actions == [.run([0x00, 0xA4, 0x04, 0x00]), .send(complete)])
    }

    @Test func `ATR and answers are framed with their length`() {
        #expect(VSCARDProtocol.insertion([0x3B, 0x00]).hexadecimal == "000000050000000000000002" + "3B00")
        #expect(VSCARDProtocol.answer([0x90, 0x00]).hexadecimal == "000000070000000000000002" + "9000")
        #expect(VSCARDProtocol.answer([UInt8](repeating: 0, count: 258)).prefix(12).suffix(4) == [0, 0, 1, 2])
    }

    @Test func `an error code is a refusal`() throws {
        var wire = VSCARDProtocol()
        #expect(throws: VSCARDError.refused(2)) { try receive("00000002FFFFFFFF00000004" + "00000002", by: &wire) }
    }

    @Test(arguments: ["00000001FFFFFFFF0000000C" + "445343560000000200000000", "000000010000000000000000", "485454502F312E3120343030"])
    func `what does not speak VSCARD is told`(hex: String) throws {
        var wire = VSCARDProtocol()
        #expect(throws: VSCARDError.notVSCARD(place)) { try receive(hex, by: &wire) }
    }

    @Test func `unknown and empty messages are passed over`() throws {
        var wire = VSCARDProtocol()
        #expect(try receive("0000FFFF0000000000000001" + "00" + "000000070000000000000000", by: &wire) == [])
    }

    @Test func `garbage ends in an error or in nothing, never in a trap`() throws {
        var randomness = SeededGenerator(seed: 7)
        for _ in 0..<2000 {
            var wire = VSCARDProtocol()
            var bytes = randomness.bytes(Int.random(in: 0...64, using: &randomness))
            if bytes.count >= 12, Bool.random(using: &randomness) {
                bytes.replaceSubrange(0..<11, with: [0, 0, 0, bytes[0] % 10] + [UInt8](repeating: 0, count: 7))
            }
            _ = try? wire.receive(bytes, from: place)
        }
    }
}

struct SlowCommandTests {
    @Test(arguments: [("87:2.5", 0x87, 2500), ("0A:0", 0x0A, 0), ("2a:600", 0x2A, 600_000)])
    func `an instruction and its seconds are read`(text: String, instruction: UInt8, milliseconds: Int32) throws {
        let slow = try #require(SlowCommand(text))
        #expect(slow.instruction == instruction)
        #expect(slow.milliseconds == milliseconds)
        #expect(SlowCommand(slow.description) == slow)
    }

    @Test(arguments: ["", "87", "87:", ":1", "8:1", "087:1", "G0:1", "87:-1", "87:601", "87:nan", "87:1e99", "87:1:1", "+8:1"])
    func `anything else is refused`(text: String) { #expect(SlowCommand(text) == nil) }

    @Test func `only the last part of a chain is slow`() throws {
        let slow = try #require(SlowCommand("87:1"))
        #expect(slow.milliseconds(for: [0x00, 0x87, 0x07, 0x9C]) == 1000)
        #expect(slow.milliseconds(for: [0x10, 0x87, 0x07, 0x9C]) == 0)
        #expect(slow.milliseconds(for: [0x00, 0xCB, 0x3F, 0xFF]) == 0)
        #expect(slow.milliseconds(for: [0x00, 0x87]) == 0)
    }
}
