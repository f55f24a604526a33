import ISO7816
import TestSupport
import Testing

@testable import Emulation

/// What vpcd gets from a card with which something goes wrong: bytes, or a connection that ends; never a frame without bytes.
@Suite(.timeLimit(.minutes(5))) struct VPCDFaultTests {
    private static let wrong: [UInt8] = [0x00, 0x20, 0x00, 0x80, 0x08] + padded("000000")
    private let query: [UInt8] = [0x00, 0x20, 0x00, 0x80]
    private let daemon: FakeVPCD
    private let card: VirtualCard

    init() throws {
        daemon = try FakeVPCD()
        card = try TestCards.unpowered(tries: 5)
    }

    private func insert(_ line: String, _ seen: Mailbox = Mailbox()) async throws -> (VPCDSlot, FakeVPCD.Peer) {
        let plan = try #require(FaultPlan(line))
        async let slot = VPCDSlot.inserting(card, host: "127.0.0.1", port: daemon.port, patience: .patient, faults: plan) { seen.put($0) }
        let (peer, atr) = try await daemon.acceptCard()
        #expect(atr == card.atr.bytes)
        try await peer.tell([0x01])
        return (try await slot, peer)
    }

    @Test(
        arguments: [
            ("garbage after APDU 1", 4), ("status 6F00 before APDU 1", 5), ("truncated answer after APDU 1", 4),
            ("delay 1 ms after APDU 1", 4), ("reset before APDU 1", 4), ("other program resets before APDU 1", 4),
            ("other program selects before APDU 1", 5),
        ] as [(String, UInt8)])
    func `a wrong answer is an answer`(line: String, left: UInt8) async throws {
        let (slot, peer) = try await insert(line)
        #expect(try await !peer.ask(Self.wrong).isEmpty)
        try await peer.tell([0x02])
        #expect(try await peer.ask(query) == [0x63, 0xC0 | left])
        await slot.remove()
    }

    @Test(
        arguments: [
            ("empty answer before APDU 1", 5), ("empty answer after APDU 1", 4), ("power loss before APDU 1", 5),
            ("power loss after APDU 1", 4), ("power loss after write 1", 4), ("power loss before write 1", 5),
        ] as [(String, UInt8)])
    func `without an answer the connection is lost, and the card comes back`(line: String, left: UInt8) async throws {
        let (slot, peer) = try await insert(line)
        try await peer.tell(Self.wrong)
        try await peer.end()
        let (back, atr) = try await daemon.acceptCard()
        #expect(atr == card.atr.bytes)
        #expect(try await back.ask(query) == [0x63, 0xC0 | left])
        #expect(slot.status == .connected)
        await slot.remove()
    }

    @Test(arguments: [("pull before APDU 1", 5), ("pull after APDU 1", 4), ("pull after write 1", 4)] as [(String, Int)])
    func `a card that was pulled is out for good`(line: String, left: Int) async throws {
        let seen = Mailbox()
        let (slot, peer) = try await insert(line, seen)
        try await peer.tell(Self.wrong)
        try await peer.end()
        #expect(await eventually { slot.status == .removed })
        #expect(card.retryCounters.first?.triesLeft == left)
        #expect(seen.all.map(\.hasRun) == [!line.contains("before")])
        // It may go elsewhere at once.
        let (again, other) = try await insert("none")
        #expect(try await other.ask(query) == [0x63, 0xC0 | UInt8(left)])
        await again.remove()
    }

    private static let pauses: [(String, UInt8)] = [
        ("stuck before APDU 1", 5), ("stuck after APDU 1", 4), ("delay 600000 ms before APDU 1", 5), ("delay 600000 ms after APDU 1", 4),
    ]

    @Test(arguments: pauses) func `a pcscd that restarts meanwhile finds the card again`(line: String, left: UInt8) async throws {
        let seen = Mailbox()
        let (slot, peer) = try await insert(line, seen)
        try await peer.tell(Self.wrong)
        peer.hangUp()
        let (back, atr) = try await daemon.acceptCard()
        #expect(atr == card.atr.bytes)
        #expect(seen.all.map(\.hasRun) == [left == 4])
        try await back.tell([0x01])
        #expect(try await back.ask(query) == [0x63, 0xC0 | left])
        await slot.remove()
    }

    @Test(arguments: pauses, [true, false])
    func `a reset ends a pause, and the command that waited has no answer`(pause: (String, UInt8), together: Bool) async throws {
        let (slot, peer) = try await insert(pause.0)
        // The ATR is asked for behind the reset, and is the next that comes.
        let command = [UInt8(0), UInt8(Self.wrong.count)] + Self.wrong
        if together {
            try await peer.send(command + [0, 1, 0x02, 0, 1, 0x04])
        } else {
            try await peer.send(command)
            try await peer.send([0, 1, 0x02, 0, 1, 0x04])
        }
        #expect(try await peer.answer() == card.atr.bytes)
        #expect(try await peer.ask(query) == [0x63, 0xC0 | pause.1])
        await slot.remove()
    }

    @Test(arguments: [("stuck before APDU 1", 5), ("stuck after APDU 1", 4), ("delay 600000 ms before APDU 1", 5)] as [(String, Int)])
    func `a card that says nothing can be taken out`(line: String, left: Int) async throws {
        let seen = Mailbox()
        let (slot, peer) = try await insert(line, seen)
        try await peer.tell(Self.wrong)
        await slot.remove()
        // It may not have come to the command yet; it never answers it.
        await #expect(throws: FakeVPCD.Failure.self) { try await peer.answer() }
        #expect(slot.status == .removed)
        #expect(seen.all.count <= 1)
        #expect([5, left].contains(card.retryCounters.first?.triesLeft))
    }
}
