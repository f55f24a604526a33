import ISO7816
import TestSupport
import Testing

@testable import Emulation

@Suite(.timeLimit(.minutes(5))) struct VSCARDSlotTests {
    private static let host = "127.0.0.1"

    /// QEMU's side of a connection.
    private struct Machine {
        let peer: FakeVPCD.Peer

        func tell(_ hex: String) async throws { try await peer.send(#require([UInt8](hexadecimal: hex))) }

        /// The next message, in hexadecimal: type and body.
        func message() async throws -> (kind: UInt8, body: String) {
            let header = try await peer.take(12)
            let length = header[8...].reduce(0) { $0 << 8 | Int($1) }
            return (header[3], try await peer.take(length).hexadecimal)
        }

        func run(_ command: String) async throws -> String {
            try await tell("0000000700000000000000" + [UInt8(command.utf8.count / 2)].hexadecimal + command)
            let answer = try await message()
            #expect(answer.kind == 7)
            return answer.body
        }

        /// A reader is plugged in: all that happens until the card is in it.
        func plugIn(expecting atr: [UInt8]) async throws {
            try await tell(VSCARDProtocol.greeting.hexadecimal)
            #expect(try await message().kind == 3)
            try await tell("00000002000000000000000400000000")
            let inserted = try await message()
            #expect(inserted.kind == 5)
            #expect(inserted.body == atr.hexadecimal)
            try await tell("00000002000000000000000400000000")
        }
    }

    private func insert(
        _ card: VirtualCard, _ daemon: FakeVPCD, slow: SlowCommand? = nil, faults: FaultPlan = .none
    ) async throws -> (VSCARDSlot, Machine) {
        let slot = try await VSCARDSlot.inserting(card, host: Self.host, port: daemon.port, patience: .patient, slow: slow, faults: faults)
        return (slot, try await greeted(daemon))
    }

    private func greeted(_ daemon: FakeVPCD) async throws -> Machine {
        let machine = Machine(peer: try await daemon.accept())
        #expect(try await machine.message().kind == 1)
        return machine
    }

    private let verify = "0020008008" + "313233343536FFFF"
    private let query = "00200080"

    @Test func `the card waits for a reader, then answers it`() async throws {
        let daemon = try FakeVPCD()
        let card = try TestCards.unpowered()
        let (slot, machine) = try await insert(card, daemon)
        #expect(slot.status == .waiting)
        #expect(!card.isPowered)
        try await machine.plugIn(expecting: card.atr.bytes)
        #expect(try await machine.run(query) == "63C3")
        #expect(slot.status == .inserted)
        await slot.remove()
        #expect(slot.status == .removed)
        try await machine.peer.end()
    }

    @Test func `a reader that is plugged in anew finds nobody logged in`() async throws {
        let daemon = try FakeVPCD()
        let card = try TestCards.unpowered()
        let (slot, machine) = try await insert(card, daemon)
        try await machine.plugIn(expecting: card.atr.bytes)
        #expect(try await machine.run(verify) == "9000")
        #expect(try await machine.run(query) == "9000")
        try await machine.plugIn(expecting: card.atr.bytes)
        #expect(try await machine.run(query) == "63C3")
        await slot.remove()
    }

    @Test func `what goes wrong on purpose goes wrong here, too`() async throws {
        let daemon = try FakeVPCD()
        let card = try TestCards.unpowered()
        let plan = try #require(FaultPlan("status 6F00 after APDU 1; power loss before APDU 2; pull after APDU 3"))
        let (slot, machine) = try await insert(card, daemon, faults: plan)
        try await machine.plugIn(expecting: card.atr.bytes)
        #expect(try await machine.run(verify) == "6F00")
        try await machine.tell("000000070000000000000004" + query)
        try await machine.peer.end()
        let back = try await greeted(daemon)
        try await back.plugIn(expecting: card.atr.bytes)
        try await back.tell("000000070000000000000004" + query)
        try await back.peer.end()
        #expect(await eventually { slot.status == .removed })
        #expect(card.retryCounters.first?.triesLeft == 3)
    }

    @Test func `over T=0 an answer is fetched after 61xx`() async throws {
        let daemon = try FakeVPCD()
        let card = try TestCards.unpowered()
        let (slot, machine) = try await insert(card, daemon)
        try await machine.plugIn(expecting: card.atr.bytes)
        let select = try #require([UInt8](hexadecimal: "00A4040009A0000003080000100000"))
        let first = try await machine.run(CommandAPDU.overT0(select).hexadecimal)
        #expect(first.hasPrefix("61") && first.utf8.count == 4)
        let answer = try await machine.run("00C00000" + first.suffix(2))
        #expect(answer.hasPrefix("61") && answer.hasSuffix("9000"))
        await slot.remove()
    }

    @Test func `a slow command is answered late, and removing does not wait for it`() async throws {
        let daemon = try FakeVPCD()
        let card = try TestCards.unpowered()
        let (slot, machine) = try await insert(card, daemon, slow: SlowCommand("20:600"))
        try await machine.plugIn(expecting: card.atr.bytes)
        // A command that is not slow is answered at once.
        #expect(try await machine.run("0084000008") == "6D00")
        try await machine.tell("000000070000000000000004" + query)
        #expect(await eventually { slot.status == .busy })
        await slot.remove()
        try await machine.peer.end()
        #expect(card.enter("elsewhere") == nil)
    }

    @Test(arguments: ["stuck before APDU 1", "stuck after APDU 1", "none"])
    func `a pause ends with QEMU, and when the reader is plugged in anew`(line: String) async throws {
        let daemon = try FakeVPCD()
        let card = try TestCards.unpowered()
        // Without a fault the command itself is slow.
        let slow = line == "none" ? SlowCommand("20:600") : nil
        let (slot, machine) = try await insert(card, daemon, slow: slow, faults: try #require(FaultPlan(line)))
        try await machine.plugIn(expecting: card.atr.bytes)
        try await machine.tell("000000070000000000000004" + query)
        try await machine.plugIn(expecting: card.atr.bytes)
        #expect(try await machine.run("0084000008") == "6D00")
        try await machine.tell("000000070000000000000004" + query)
        machine.peer.hangUp()
        let back = try await greeted(daemon)
        try await back.plugIn(expecting: card.atr.bytes)
        #expect(try await back.run("0084000008") == "6D00")
        await slot.remove()
    }

    @Test func `when QEMU runs again the card comes back`() async throws {
        let daemon = try FakeVPCD()
        let card = try TestCards.unpowered()
        let (slot, first) = try await insert(card, daemon)
        try await first.plugIn(expecting: card.atr.bytes)
        #expect(try await first.run(verify) == "9000")
        first.peer.hangUp()
        let second = try await greeted(daemon)
        #expect(!card.isPowered)
        try await second.plugIn(expecting: card.atr.bytes)
        #expect(try await second.run(query) == "63C3")
        await slot.remove()
    }

    @Test func `something else that listens is left, and tried again`() async throws {
        let daemon = try FakeVPCD()
        let (slot, first) = try await insert(TestCards.unpowered(), daemon)
        try await first.peer.send(Array("HTTP/1.1 400 Bad Request\r\n".utf8))
        try await first.peer.end()
        _ = try await greeted(daemon)
        await slot.remove()
    }

    @Test func `where nothing listens the error asks for QEMU, and the card is free again`() async throws {
        let port = try FakeVPCD().port
        let card = try TestCards.unpowered()
        let error = await #expect(throws: VSCARDError.self) {
            try await VSCARDSlot.inserting(card, host: Self.host, port: port, patience: .patient)
        }
        #expect(error == .connection(.nothingListens("127.0.0.1:\(port)")))
        #expect(error?.hint.hasPrefix("start QEMU") == true)
        #expect(card.enter("elsewhere") == nil)
    }

    @Test func `a card is in one slot at a time, also against QEMU`() async throws {
        let daemon = try FakeVPCD()
        let card = try TestCards.unpowered()
        let (slot, _) = try await insert(card, daemon)
        await #expect(throws: VSCARDError.cardElsewhere("QEMU 127.0.0.1:\(daemon.port)")) {
            try await VSCARDSlot.inserting(card, host: Self.host, port: daemon.port, patience: .patient)
        }
        await slot.remove()
        #expect(card.enter("elsewhere") == nil)
    }
}
