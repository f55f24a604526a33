import ISO7816
import TestSupport
import Testing

@testable import Emulation

@Suite struct VPCDProtocolTests {
    private static let conversation: [UInt8] = [
        0, 1, 0x04, 0, 1, 0x01, 0, 4, 0x00, 0x20, 0x00, 0x80, 0, 1, 0x02, 0, 5, 0x00, 0xCA, 0x00, 0x00, 0x00, 0, 1, 0x00,
    ]
    private static let requests: [VPCDProtocol.Request] = [
        .atr, .powerOn, .apdu([0x00, 0x20, 0x00, 0x80]), .reset, .apdu([0x00, 0xCA, 0x00, 0x00, 0x00]), .powerOff,
    ]

    @Test func `a conversation that arrives at once is read whole`() {
        var wire = VPCDProtocol()
        #expect(wire.receive(Self.conversation) == Self.requests)
        #expect(wire.receive([]) == [])
    }

    @Test(arguments: 0...conversation.count)
    func `a conversation may be split at any byte`(position: Int) {
        var wire = VPCDProtocol()
        let first = wire.receive(Self.conversation.prefix(position))
        let second = wire.receive(Self.conversation.dropFirst(position))
        #expect(first + second == Self.requests)
    }

    @Test(arguments: 1...7)
    func `a conversation may arrive in pieces of any size`(size: Int) {
        var wire = VPCDProtocol()
        var requests: [VPCDProtocol.Request] = []
        for start in stride(from: 0, to: Self.conversation.count, by: size) {
            requests += wire.receive(Self.conversation[start..<min(start + size, Self.conversation.count)])
        }
        #expect(requests == Self.requests)
    }

    @Test(arguments: [(0x00, .powerOff), (0x01, .powerOn), (0x02, .reset), (0x04, .atr)] as [(UInt8, VPCDProtocol.Request)])
    func `a body of one byte is control`(byte: UInt8, request: VPCDProtocol.Request) {
        var wire = VPCDProtocol()
        #expect(wire.receive([0, 1, byte]) == [request])
    }

    @Test(arguments: [[0, 0], [0, 1, 0x03], [0, 1, 0x05], [0, 1, 0xFF]] as [[UInt8]])
    func `empty bodies and unknown controls are passed over, and what follows is read`(bytes: [UInt8]) {
        var wire = VPCDProtocol()
        #expect(wire.receive(bytes + [0, 1, 0x04]) == [.atr])
    }

    @Test func `a body of two bytes is an APDU, however short`() {
        var wire = VPCDProtocol()
        #expect(wire.receive([0, 2, 0x04, 0x04]) == [.apdu([4, 4])])
    }

    @Test(arguments: [256, 265, 65_535])
    func `the length is two bytes, the high one first`(count: Int) throws {
        let body = (0..<count).map { UInt8($0 % 256) }
        let frame = try VPCDProtocol.frame(body)
        #expect(frame.count == count + 2)
        #expect(Int(frame[0]) << 8 | Int(frame[1]) == count)
        var wire = VPCDProtocol()
        #expect(wire.receive(frame.dropLast()) == [])
        #expect(wire.receive(frame.suffix(1)) == [.apdu(body)])
    }

    @Test func `an answer that no length can say is an error`() {
        #expect(throws: VPCDError.frameTooLong(65_536)) { try VPCDProtocol.frame(Array(repeating: 0, count: 65_536)) }
    }

    @Test(arguments: 0..<50)
    func `random bytes never trap, and requests are the frames that they hold`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var bodies: [[UInt8]] = []
        for _ in 0..<20 { bodies.append(generator.bytes(Int.random(in: 2...600, using: &generator))) }
        var bytes = try bodies.flatMap { try VPCDProtocol.frame($0) }
        var wire = VPCDProtocol()
        var requests: [VPCDProtocol.Request] = []
        while !bytes.isEmpty {
            let count = Int.random(in: 0...min(700, bytes.count), using: &generator)
            requests += wire.receive(bytes.prefix(count))
            bytes.removeFirst(count)
        }
        #expect(requests == bodies.map { .apdu($0) })
        _ = wire.receive(generator.bytes(500))
    }
}
