import ISO7816
import Testing

@testable import Emulation

@Suite struct CardTransportTests {
    private func bytes(_ text: String) throws -> [UInt8] { try #require([UInt8](hexadecimal: text)) }

    @Test(
        arguments: [
            ("", "6700"), ("00", "6700"), ("00A404", "6700"),
            // Lc says more, or less, than there is.
            ("00A4040005A000", "6700"), ("00A4040001A000000308", "6700"),
            // Extended Lc of zero with data; extended Lc too long.
            ("00A40400000000A0", "6700"), ("00A404000000FFA0", "6700"),
        ])
    func `bytes that are no command are a wrong length`(command: String, status: String) throws {
        var transport = CardTransport()
        #expect(transport.accept(try bytes(command)) == .answer(try bytes(status)))
    }

    @Test(
        arguments: [
            (0x01, "6881"), (0x03, "6881"), (0x13, "6881"), (0x40, "6881"), (0x7F, "6881"), (0x04, "6882"), (0x0C, "6882"), (0x1C, "6882"),
            (0x20, "6E00"), (0x3F, "6E00"), (0xFF, "6E00"),
        ] as [(UInt8, String)])
    func `other channels, secure messaging and reserved classes are refused by name`(instructionClass: UInt8, status: String) throws {
        var transport = CardTransport()
        #expect(transport.accept([instructionClass, 0xCA, 0, 0, 0]) == .answer(try bytes(status)))
    }

    @Test(arguments: [0x00, 0x80, 0x90, 0xF0, 0xFE] as [UInt8])
    func `channel 0 and proprietary classes reach the application`(instructionClass: UInt8) throws {
        var transport = CardTransport()
        let expected = CommandAPDU(instructionClass: instructionClass, instruction: 0xCA, expectedLength: 256)
        #expect(transport.accept([instructionClass, 0xCA, 0, 0, 0]) == .execute(expected))
    }

    @Test func `a chain arrives as one command`() throws {
        var transport = CardTransport()
        #expect(transport.accept(try bytes("10870711020102")) == .answer([0x90, 0x00]))
        #expect(transport.accept(try bytes("108707110103")) == .answer([0x90, 0x00]))
        let whole = CommandAPDU(instruction: 0x87, p1: 0x07, p2: 0x11, data: [1, 2, 3, 4], expectedLength: 256)
        #expect(transport.accept(try bytes("00870711010400")) == .execute(whole))
    }

    @Test(arguments: ["00CB3FFF0104", "00870712010400", "00880711010400"])
    func `another command in the middle of a chain stands for itself, and the chain is lost`(other: String) throws {
        var transport = CardTransport()
        _ = transport.accept(try bytes("10870711020102"))
        let alone = try CommandAPDU(parsing: bytes(other))
        #expect(transport.accept(try bytes(other)) == .execute(alone))
        let last = CommandAPDU(instruction: 0x87, p1: 0x07, p2: 0x11, data: [9])
        #expect(transport.accept(try bytes("008707110109")) == .execute(last))
    }

    @Test func `a malformed part ends the chain`() throws {
        var transport = CardTransport()
        _ = transport.accept(try bytes("10870711020102"))
        _ = transport.accept(try bytes("0087"))
        let last = CommandAPDU(instruction: 0x87, p1: 0x07, p2: 0x11, data: [9])
        #expect(transport.accept(try bytes("008707110109")) == .execute(last))
    }

    @Test func `a chain without end is refused before it fills the memory`() throws {
        var transport = CardTransport()
        let part = try CommandAPDU(instructionClass: 0x10, instruction: 0xDB, data: Array(repeating: 7, count: 255)).encoded()
        let accepted = CardTransport.maximumChain / 255
        for _ in 0..<accepted { #expect(transport.accept(part) == .answer([0x90, 0x00])) }
        #expect(transport.accept(part) == .answer([0x67, 0x00]))
    }

    @Test func `an extended command arrives at once`() throws {
        var transport = CardTransport()
        let command = CommandAPDU(instruction: 0x87, p1: 7, p2: 0x9A, data: Array(repeating: 5, count: 266), expectedLength: 65_536)
        #expect(transport.accept(try command.encoded(.extended)) == .execute(command))
    }

    @Test(
        arguments: [
            // Answer length, Le, what comes at once, how the status word goes on.
            (10, 256, 10, "9000"), (256, 256, 256, "9000"), (257, 256, 256, "6101"), (511, 256, 256, "61FF"), (512, 256, 256, "6100"),
            (900, 256, 256, "6100"), (10, 4, 4, "6106"), (900, 65_536, 900, "9000"), (900, 600, 600, "6100"), (0, 256, 0, "9000"),
        ])
    func `an answer longer than Le waits behind 61xx`(length: Int, expected: Int, atOnce: Int, status: String) throws {
        var transport = CardTransport()
        let data = (0..<length).map { UInt8($0 % 251) }
        let first = transport.deliver(
            ResponseAPDU(data: data, status: .success), to: CommandAPDU(instruction: 0xCB, expectedLength: expected))
        #expect(Array(first.dropLast(2)) == Array(data.prefix(atOnce)))
        #expect(first.suffix(2).hexadecimal == status)
    }

    @Test func `without Le all data wait`() throws {
        var transport = CardTransport()
        let answer = transport.deliver(ResponseAPDU(data: [1, 2, 3], status: .success), to: CommandAPDU(instruction: 0xA4, data: [1]))
        #expect(answer == [0x61, 0x03])
        #expect(transport.accept([0, 0xC0, 0, 0, 3]) == .answer([1, 2, 3, 0x90, 0x00]))
    }

    @Test(arguments: [1, 7, 100, 255, 256])
    func `GET RESPONSE in any size brings every byte and then the status`(size: Int) throws {
        var transport = CardTransport()
        let data = (0..<700).map { UInt8($0 % 251) }
        var answer = transport.deliver(
            ResponseAPDU(data: data, status: .endOfFile), to: CommandAPDU(instruction: 0xCB, expectedLength: min(size, 256)))
        var collected: [UInt8] = []
        while answer[answer.count - 2] == 0x61 {
            collected += answer.dropLast(2)
            guard case .answer(let next) = transport.accept([0, 0xC0, 0, 0, UInt8(truncatingIfNeeded: size)]) else {
                Issue.record("GET RESPONSE reached the application")
                return
            }
            answer = next
        }
        #expect(collected + answer.dropLast(2) == data)
        #expect(answer.suffix(2).hexadecimal == "6282")
    }

    @Test(arguments: [("00C0000000", "6985"), ("00C0010000", "6A86"), ("00C0000100", "6A86"), ("00C000000101", "6A86")])
    func `GET RESPONSE with nothing waiting is refused`(command: String, status: String) throws {
        var transport = CardTransport()
        #expect(transport.accept(try bytes(command)) == .answer(try bytes(status)))
    }

    @Test func `what waits is lost with the next command, and with a reset`() throws {
        let command = CommandAPDU(instruction: 0xCB, expectedLength: 1)
        for lose in [{ (t: inout CardTransport) in _ = t.accept([0, 0xCB, 0, 0]) }, { (t: inout CardTransport) in t.reset() }] {
            var transport = CardTransport()
            _ = transport.deliver(ResponseAPDU(data: [1, 2], status: .success), to: command)
            lose(&transport)
            #expect(transport.accept([0, 0xC0, 0, 0, 0]) == .answer([0x69, 0x85]))
        }
    }

    @Test func `the longest answer leaves room for a vpcd frame`() throws {
        var transport = CardTransport()
        let data = Array(repeating: UInt8(1), count: 65_536)
        let answer = transport.deliver(
            ResponseAPDU(data: data, status: .success), to: CommandAPDU(instruction: 0xCB, expectedLength: 65_536))
        #expect(answer.count <= VPCDProtocol.maximumBody)
        #expect(answer.suffix(2).hexadecimal == "6100")
    }
}
