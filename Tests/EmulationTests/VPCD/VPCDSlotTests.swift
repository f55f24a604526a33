import ISO7816
import TestSupport
import Testing

@testable import Emulation

@Suite(.timeLimit(.minutes(5))) struct VPCDSlotTests {
    private static let host = "127.0.0.1"
    private let query: [UInt8] = [0x00, 0x20, 0x00, 0x80]

    private func insert(_ card: VirtualCard, _ daemon: FakeVPCD) async throws -> (VPCDSlot, FakeVPCD.Peer) {
        async let slot = VPCDSlot.inserting(card, host: Self.host, port: daemon.port, patience: .patient)
        // The question for the ATR is the first thing that vpcd does; until then the card is not in.
        let (peer, atr) = try await daemon.acceptCard()
        #expect(atr == card.atr.bytes)
        return (try await slot, peer)
    }

    @Test func `the ATR is answered with and without power, and the poll resets nothing`() async throws {
        let daemon = try FakeVPCD()
        let card = try TestCards.unpowered()
        let (slot, peer) = try await insert(card, daemon)
        #expect(try await peer.ask([0x04]) == card.atr.bytes)
        #expect(!card.isPowered)
        try await peer.tell([0x01])
        #expect(try await peer.ask([0x00, 0x20, 0x00, 0x80, 0x08] + padded("123456")) == [0x90, 0x00])
        #expect(try await peer.ask([0x04]) == card.atr.bytes)
        #expect(try await peer.ask(query) == [0x90, 0x00])
        await slot.remove()
    }

    @Test(arguments: [[[0x02]], [[0x00], [0x01]]] as [[[UInt8]]])
    func `reset and power cycle end the login`(controls: [[UInt8]]) async throws {
        let daemon = try FakeVPCD()
        let (slot, peer) = try await insert(TestCards.unpowered(), daemon)
        try await peer.tell([0x01])
        _ = try await peer.ask([0x00, 0x20, 0x00, 0x80, 0x08] + padded("123456"))
        for control in controls { try await peer.tell(control) }
        #expect(try await peer.ask(query) == [0x63, 0xC3])
        await slot.remove()
    }

    @Test(arguments: [1, 2, 3, 5])
    func `a request in pieces gets one answer`(size: Int) async throws {
        let daemon = try FakeVPCD()
        let card = try TestCards.powered()
        let (slot, peer) = try await insert(card, daemon)
        try await peer.send([0, 1, 0x01, 0, 4] + query + [0, 1, 0x04], piece: size)
        #expect(try await peer.answer() == [0x63, 0xC3])
        #expect(try await peer.answer() == card.atr.bytes)
        await slot.remove()
    }

    @Test func `of a command's two parts only the length is acknowledged by itself, the body by its answer`() async throws {
        let daemon = try FakeVPCD()
        let card = try TestCards.unpowered()
        async let segments = daemon.converse { [query] wire in
            _ = try wire.ask([0x04])
            try wire.tell([0x01])
            for _ in 0..<50 { _ = try wire.askInTwo(query) }
            let before = try wire.segmentsReceived
            for _ in 0..<200 { _ = try wire.askInTwo(query) }
            return try wire.segmentsReceived - before
        }
        let slot = try await VPCDSlot.inserting(card, host: Self.host, port: daemon.port, patience: .patient)
        // 400, and 600 with an acknowledgement for each body. The kernel makes one by itself where an answer takes 40 ms.
        let count = try await segments
        #expect((400..<500).contains(count))
        await slot.remove()
    }

    @Test func `a long answer arrives whole`() async throws {
        let daemon = try FakeVPCD()
        let card = try TestCards.unpowered(.rsa2048)
        let (slot, peer) = try await insert(card, daemon)
        try await peer.tell([0x01])
        let request = CommandAPDU(instruction: 0xCB, p1: 0x3F, p2: 0xFF, data: [0x5C, 3, 0x5F, 0xC1, 0x05], expectedLength: 65_536)
        let expected = try #require(try TestCards.content(.rsa2048).objects[0x5FC105])
        #expect(try await peer.ask(request.encoded(.extended)) == expected + [0x90, 0x00])
        await slot.remove()
    }

    @Test func `a removed card is gone for vpcd, has no power, and can go elsewhere`() async throws {
        let daemon = try FakeVPCD()
        let card = try TestCards.unpowered()
        let (slot, peer) = try await insert(card, daemon)
        try await peer.tell([0x01])
        _ = try await peer.ask(query)
        #expect(slot.status == .connected)
        await slot.remove()
        #expect(slot.status == .removed)
        try await peer.end()
        #expect(!card.isPowered)
        let readers = VirtualReaders()
        try readers.attach("a")
        try readers.insert(card, in: "a")
        await slot.remove()
        #expect(readers.pull(from: "a") === card)
    }

    @Test func `when pcscd restarts the card comes back, without its login`() async throws {
        let daemon = try FakeVPCD()
        let card = try TestCards.unpowered()
        let (slot, first) = try await insert(card, daemon)
        try await first.tell([0x01])
        _ = try await first.ask([0x00, 0x20, 0x00, 0x80, 0x08] + padded("123456"))
        first.hangUp()
        let (second, atr) = try await daemon.acceptCard()
        #expect(atr == card.atr.bytes)
        #expect(!card.isPowered)
        try await second.tell([0x01])
        #expect(try await second.ask(query) == [0x63, 0xC3])
        #expect(slot.status == .connected)
        await slot.remove()
    }

    @Test func `a slot is connected again when vpcd has spoken, not before`() async throws {
        let daemon = try FakeVPCD()
        let (slot, first) = try await insert(TestCards.unpowered(), daemon)
        first.hangUp()
        let second = try await daemon.accept()
        #expect(await eventually { slot.status != .connected })
        // Somebody else listens there now.
        try await second.send(Array("SSH-2.0-OpenSSH_9.2\r\n".utf8))
        let third = try await daemon.accept()
        #expect(slot.status == .reconnecting(.notVPCD("127.0.0.1:\(daemon.port)")))
        _ = try await third.ask([0x04])
        #expect(slot.status == .connected)
        await slot.remove()
    }

    @Test func `a card that vpcd never told to take power answers like one that just did`() async throws {
        let daemon = try FakeVPCD()
        let card = try TestCards.powered()
        #expect(try card.verify("123456") == .success)
        card.powerOff()
        let (slot, peer) = try await insert(card, daemon)
        #expect(try await peer.ask(query) == [0x63, 0xC3])
        #expect(card.isPowered)
        await slot.remove()
    }

    @Test func `while pcscd is away the slot says so, and removing does not wait for it`() async throws {
        var daemon: FakeVPCD? = try FakeVPCD()
        let card = try TestCards.unpowered()
        let (slot, peer) = try await insert(card, #require(daemon))
        daemon = nil
        peer.hangUp()
        while slot.status == .connected { await Task.yield() }
        guard case .reconnecting = slot.status else {
            Issue.record("\(slot.status)")
            return
        }
        await slot.remove()
        #expect(slot.status == .removed)
        #expect(card.enter("elsewhere") == nil)
    }

    @Test func `where nothing listens the error asks for pcscd, and the card is free again`() async throws {
        let port = try FakeVPCD().port
        let card = try TestCards.unpowered()
        let error = await #expect(throws: VPCDError.self) {
            try await VPCDSlot.inserting(card, host: Self.host, port: port, patience: .patient)
        }
        #expect(error == .nothingListens("127.0.0.1:\(port)"))
        #expect(error?.hint.hasPrefix("is pcscd with vpcd running?") == true)
        #expect(card.enter("elsewhere") == nil)
    }

    @Test func `a slot that takes the card and hangs up is an error, and the card is free again`() async throws {
        let daemon = try FakeVPCD()
        let card = try TestCards.unpowered()
        let insertion = Task { try await VPCDSlot.inserting(card, host: Self.host, port: daemon.port, patience: .patient) }
        try await daemon.accept().hangUp()
        await #expect(throws: VPCDError.connectionLost("127.0.0.1:\(daemon.port)", 0)) { try await insertion.value }
        #expect(card.enter("elsewhere") == nil)
    }

    @Test(arguments: ["SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 400 Bad Request\r\n", "\u{0}\u{1}\u{7}"])
    func `something else that listens is not taken for vpcd, and the card is free again`(greeting: String) async throws {
        let daemon = try FakeVPCD()
        let card = try TestCards.unpowered()
        let insertion = Task { try await VPCDSlot.inserting(card, host: Self.host, port: daemon.port, patience: .patient) }
        try await daemon.accept().send(Array(greeting.utf8))
        await #expect(throws: VPCDError.notVPCD("127.0.0.1:\(daemon.port)")) { try await insertion.value }
        #expect(card.enter("elsewhere") == nil)
    }

    @Test func `a cancelled insertion leaves the card free`() async throws {
        let daemon = try FakeVPCD()
        let card = try TestCards.unpowered()
        let insertion = Task { try await VPCDSlot.inserting(card, host: Self.host, port: daemon.port, patience: .patient) }
        let peer = try await daemon.accept()
        insertion.cancel()
        await #expect(throws: VPCDError.removed) { try await insertion.value }
        // At once: vpcd has not said a word.
        try await peer.end()
        while card.enter("elsewhere") != nil { await Task.yield() }
    }

    @Test func `a host that is none is told`() async throws {
        let card = try TestCards.unpowered()
        let error = await #expect(throws: VPCDError.self) {
            try await VPCDSlot.inserting(card, host: "not a host", port: 1, patience: .patient)
        }
        guard case .unknownHost("not a host", _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `a card is in one slot at a time, also against vpcd`() async throws {
        let daemon = try FakeVPCD()
        let card = try TestCards.unpowered()
        let (slot, _) = try await insert(card, daemon)
        let place = "vpcd 127.0.0.1:\(daemon.port)"
        await #expect(throws: VPCDError.cardElsewhere(place)) {
            try await VPCDSlot.inserting(card, host: Self.host, port: daemon.port, patience: .patient)
        }
        let readers = VirtualReaders()
        try readers.attach("a")
        #expect(throws: VirtualReaderError.cardElsewhere(place)) { try readers.insert(card, in: "a") }
        await slot.remove()
        try readers.insert(card, in: "a")
        await #expect(throws: VPCDError.cardElsewhere("a")) {
            try await VPCDSlot.inserting(card, host: Self.host, port: daemon.port, patience: .patient)
        }
    }

    @Test func `garbage on the wire breaks nothing`() async throws {
        let daemon = try FakeVPCD()
        let card = try TestCards.unpowered()
        let (slot, peer) = try await insert(card, daemon)
        var generator = SeededGenerator(seed: 5)
        try await peer.tell([0x01])
        for count in 2...40 {
            #expect(try await peer.ask(generator.bytes(count)).count >= 2)
            try await peer.tell([])
            try await peer.tell([0x77])
        }
        #expect(try await peer.ask([0x04]) == card.atr.bytes)
        await slot.remove()
    }

    @Test func `many cards serve many slots at once`() async throws {
        let daemon = try FakeVPCD()
        var slots: [(VPCDSlot, FakeVPCD.Peer)] = []
        for _ in 0..<8 { slots.append(try await insert(TestCards.unpowered(), daemon)) }
        for (_, peer) in slots { try await peer.tell([0x01]) }
        for (_, peer) in slots { #expect(try await peer.ask(query) == [0x63, 0xC3]) }
        for (slot, _) in slots { await slot.remove() }
    }

    @Test(
        arguments: [
            (.unknownHost("h", "why"), "why", "host name"), (.nothingListens("h:1"), "h:1", "is pcscd"),
            (.timedOut("h:1"), "in time", "next port"),
            (.connectionLost("h:1", 0), "closed", "comes back"), (.connectionLost("h:1", 104), "errno 104", "comes back"),
            (.system("poll(2)", 12), "poll(2)", "errno(3)"), (.frameTooLong(70_000), "70000", "ask for less"),
            (.cardElsewhere("a"), "\"a\"", "pull it"),
            (.removed, "taken out", "insert"),
        ] as [(VPCDError, String, String)])
    func `each error says what happened and what to do`(error: VPCDError, what: String, hint: String) {
        #expect(error.description.contains(what))
        #expect(error.hint.contains(hint))
    }
}
