import ISO7816
import Secrets
import Testing

@testable import Emulation

@Suite(.timeLimit(.minutes(5))) struct VirtualReadersTests {
    private let select: [UInt8] = [0x00, 0xA4, 0x04, 0x00, 0x05, 0xA0, 0x00, 0x00, 0x03, 0x08, 0x00]
    private let query: [UInt8] = [0x00, 0x20, 0x00, 0x80]

    private func verify(_ pin: String) throws -> SensitiveCommand {
        try .making(instruction: 0x20, p2: 0x80, body: .copying(padded(pin)))
    }

    private func readers(_ names: String...) throws -> VirtualReaders {
        let readers = VirtualReaders()
        for name in names { try readers.attach(name) }
        return readers
    }

    @Test func `readers appear in the order in which they were attached`() throws {
        let readers = try readers("b", "a")
        #expect(readers.slots() == [CardSlot(reader: "b", content: .empty), CardSlot(reader: "a", content: .empty)])
        readers.detach("b")
        readers.detach("no such reader")
        #expect(readers.slots() == [CardSlot(reader: "a", content: .empty)])
    }

    @Test func `a card of T=0 gets data or Le, as from a reader, and no long commands`() async throws {
        let attached = try readers("a", "b")
        try attached.insert(TestFileCards.osEID(transmission: .t0), in: "a")
        try attached.insert(TestFileCards.osEID(), in: "b")
        let session = try attached.open("a")
        #expect(await session.passesExtendedLength == false)
        #expect(try await session.transmit([0x00, 0xA4, 0x08, 0x00, 0x02, 0x2F, 0x00, 0x00]) == [0x61, 0x19])
        #expect(try await session.transmit([0x00, 0x20, 0x00, 0x01]) == [0x63, 0xC3])
        let modern = try attached.open("b")
        #expect(await modern.passesExtendedLength)
        #expect(try await modern.transmit([0x00, 0xA4, 0x08, 0x00, 0x02, 0x2F, 0x00, 0x00]).count == 27)
    }

    @Test func `a card is seen with its ATR, and who holds it`() async throws {
        let readers = try readers("a")
        let card = try TestCards.unpowered()
        try readers.insert(card, in: "a")
        #expect(readers.slots().first?.content == .card(card.atr, exclusive: false))
        let session = try readers.open("a")
        #expect(session.atr == card.atr)
        #expect(readers.slots().first?.content == .card(card.atr, exclusive: true))
        await session.end(.leave)
        #expect(readers.slots().first?.content == .card(card.atr, exclusive: false))
        #expect(readers.pull(from: "a") === card)
        #expect(readers.slots().first?.content == .empty)
        #expect(readers.pull(from: "a") == nil)
    }

    @Test func `what cannot be put there is refused with the reason`() throws {
        let readers = try readers("a", "b")
        let card = try TestCards.unpowered()
        #expect(throws: VirtualReaderError.readerExists("a")) { try readers.attach("a") }
        #expect(throws: VirtualReaderError.readerMissing("c")) { try readers.insert(card, in: "c") }
        try readers.insert(card, in: "a")
        #expect(throws: VirtualReaderError.cardElsewhere("a")) { try readers.insert(card, in: "b") }
        #expect(throws: VirtualReaderError.slotOccupied("a")) { try readers.insert(TestCards.unpowered(), in: "a") }
        #expect(throws: VirtualReaderError.cardElsewhere("a")) { try VirtualReaders.with("b").insert(card, in: "b") }
        readers.pull(from: "a")
        try readers.insert(card, in: "b")
    }

    @Test(
        arguments: [
            (.readerMissing("x"), "attach it first"), (.readerExists("x"), "choose another name"), (.slotOccupied("x"), "pull it first"),
            (.cardElsewhere("x"), "pull it there first"), (.slotEmpty("x"), "insert one first"),
        ] as [(VirtualReaderError, String)])
    func `each error names the reader and the next step`(error: VirtualReaderError, step: String) {
        #expect(error.description.contains("\"x\""))
        #expect(error.description.hasSuffix(step))
    }

    @Test func `faults that are planned for a card in its reader count from then on, and leave with it`() async throws {
        let readers = try readers("a")
        #expect(throws: VirtualReaderError.readerMissing("b")) { try readers.plan(.none, in: "b") }
        #expect(throws: VirtualReaderError.slotEmpty("a")) { try readers.plan(.none, in: "a") }
        let card = try TestCards.unpowered()
        try readers.insert(card, in: "a")
        let session = try readers.open("a")
        _ = try await session.transmit([0x00, 0xA4, 0x04, 0x00])
        try readers.plan(.pullBefore(2), in: "a")
        _ = try await session.transmit([0x00, 0xA4, 0x04, 0x00])
        await #expect(throws: CardError.self) { _ = try await session.transmit([0x00, 0xA4, 0x04, 0x00]) }
        try readers.insert(card, in: "a")
        let next = try readers.open("a")
        for _ in 0..<3 { _ = try await next.transmit([0x00, 0xA4, 0x04, 0x00]) }
    }

    @Test func `a detached reader frees its card`() throws {
        let readers = try readers("a", "b")
        let card = try TestCards.unpowered()
        try readers.insert(card, in: "a")
        readers.detach("a")
        try readers.insert(card, in: "b")
        #expect(readers.slots().map(\.reader) == ["b"])
    }

    @Test func `readers that are gone free their cards`() throws {
        let card = try TestCards.unpowered()
        try VirtualReaders.with("a").insert(card, in: "a")
        try readers("b").insert(card, in: "b")
    }

    @Test func `opening fails at once, with the reason`() async throws {
        let readers = try readers("a")
        #expect(throws: CardError(.readerMissing, "x")) { try readers.open("x") }
        #expect(throws: CardError(.cardMissing, "a")) { try readers.open("a") }
        try readers.insert(TestCards.unpowered(), in: "a")
        let session = try readers.open("a")
        #expect(throws: CardError(.heldByAnotherProgram, "a")) { try readers.open("a") }
        await session.end(.leave)
        let next = try readers.open("a")
        await next.end(.reset)
    }

    @Test func `commands reach the card and answers come back`() async throws {
        let readers = try readers("a")
        try readers.insert(TestCards.unpowered(), in: "a")
        let slots = try await readers.withCard(in: "a", ending: .leave) { channel throws(CardError) in
            let response = try await channel.send(
                CommandAPDU(instruction: 0xCB, p1: 0x3F, p2: 0xFF, data: [0x5C, 1, 0x7E], expectedLength: 256))
            #expect(response.status == .success)
            #expect(response.data.first == 0x7E)
            return readers.slots()
        }
        #expect(slots.count == 1)
    }

    @Test func `a PIN goes through as a sensitive command`() async throws {
        let readers = try readers("a")
        try readers.insert(TestCards.unpowered(), in: "a")
        let session = try readers.open("a")
        #expect(try await session.send(verify("000000")).triesLeft == 2)
        #expect(try await session.send(verify("123456")) == .success)
        #expect(try await session.transmit(query) == [0x90, 0x00])
        await session.end(.reset)
    }

    @Test(arguments: [(CardDisposition.leave, "9000"), (.reset, "63C3")])
    func `a login stays for the next program only when the card is left as it is`(disposition: CardDisposition, status: String) async throws
    {
        let readers = try readers("a")
        try readers.insert(TestCards.unpowered(), in: "a")
        let session = try readers.open("a")
        _ = try await session.send(verify("123456"))
        await session.end(disposition)
        await session.end(.reset)
        let next = try readers.open("a")
        #expect(try await next.transmit(query).hexadecimal == (disposition == .leave ? "9000" : status))
        await next.end(.leave)
    }

    @Test func `an ended session sends nothing, and its end does not end the next one`() async throws {
        let readers = try readers("a")
        try readers.insert(TestCards.unpowered(), in: "a")
        let session = try readers.open("a")
        await session.end(.leave)
        let next = try readers.open("a")
        await session.end(.reset)
        await #expect(throws: CardError(.cancelled, "a")) { try await session.transmit(select) }
        #expect(try await next.transmit(select).suffix(2) == [0x90, 0x00])
        await next.end(.leave)
    }

    @Test func `a forgotten session lets the card go, with a reset`() async throws {
        let readers = try readers("a")
        try readers.insert(TestCards.unpowered(), in: "a")
        do {
            let session = try readers.open("a")
            _ = try await session.send(verify("123456"))
        }
        let next = try readers.open("a")
        #expect(try await next.transmit(query).hexadecimal == "63C3")
        await next.end(.leave)
    }

    @Test func `a pulled card is removed for its session, even when another one is inserted`() async throws {
        let readers = try readers("a")
        try readers.insert(TestCards.unpowered(), in: "a")
        let session = try readers.open("a")
        readers.pull(from: "a")
        await #expect(throws: CardError(.removed, "a")) { try await session.transmit(select) }
        try readers.insert(TestCards.unpowered(), in: "a")
        await #expect(throws: CardError(.removed, "a")) { try await session.transmit(select) }
        let next = try readers.open("a")
        #expect(try await next.transmit(select).suffix(2) == [0x90, 0x00])
        await session.end(.reset)
        #expect(try await next.transmit(select).suffix(2) == [0x90, 0x00])
        await next.end(.leave)
    }

    @Test func `a card that was pulled with a login has none when it comes back`() async throws {
        let readers = try readers("a")
        let card = try TestCards.unpowered()
        try readers.insert(card, in: "a")
        let session = try readers.open("a")
        _ = try await session.send(verify("123456"))
        readers.pull(from: "a")
        try readers.insert(card, in: "a")
        let next = try readers.open("a")
        #expect(try await next.transmit(query).hexadecimal == "63C3")
        await next.end(.leave)
    }

    @Test(arguments: 1...4)
    func `a card pulled before an APDU has not run it, after it it has`(number: Int) async throws {
        for (plan, left) in [(FaultPlan.pullBefore(number), 15 - number + 1), (.pullAfter(number), 15 - number)] {
            let readers = try readers("a")
            let card = try TestCards.unpowered(tries: 15)
            try readers.insert(card, in: "a", faults: plan)
            let session = try readers.open("a")
            for _ in 1..<number { _ = try await session.send(verify("000000")) }
            let error = await #expect(throws: CardError.self) { try await session.send(verify("000000")) }
            #expect(error?.code == .removed)
            #expect(error?.detail == plan.description)
            #expect(readers.slots().first?.content == .empty)
            // Inserted again without a plan, the card tells what it has run.
            try readers.insert(card, in: "a")
            let next = try readers.open("a")
            #expect(try await next.transmit(query) == [0x63, 0xC0 | UInt8(left)])
            await next.end(.leave)
        }
    }

    @Test func `a plan counts over sessions, from the insertion on`() async throws {
        let readers = try readers("a")
        try readers.insert(TestCards.unpowered(), in: "a", faults: .pullBefore(3))
        for _ in 0..<2 {
            let session = try readers.open("a")
            _ = try await session.transmit(select)
            await session.end(.leave)
        }
        let session = try readers.open("a")
        await #expect(throws: CardError(.removed, "a")) { try await session.transmit(select) }
    }

    @Test func `changes begin with the state and tell each coming and going`() async throws {
        let readers = try readers("a")
        let card = try TestCards.unpowered()
        var changes = readers.changes().makeAsyncIterator()
        #expect(await changes.next() == [CardSlot(reader: "a", content: .empty)])
        try readers.insert(card, in: "a", faults: .pullAfter(1))
        #expect(await changes.next() == [CardSlot(reader: "a", content: .card(card.atr, exclusive: false))])
        let session = try readers.open("a")
        _ = try? await session.transmit(select)
        #expect(await changes.next() == [CardSlot(reader: "a", content: .empty)])
        try readers.attach("b")
        #expect(await changes.next()?.count == 2)
        readers.detach("a")
        #expect(await changes.next() == [CardSlot(reader: "b", content: .empty)])
    }

    @Test func `a stick arrives and leaves as one`() async throws {
        let readers = try readers()
        let stick = try TestCards.unpowered()
        var changes = readers.changes().makeAsyncIterator()
        #expect(await changes.next() == [])
        try readers.plug(stick, as: "stick", faults: .pullAfter(1))
        #expect(await changes.next() == [CardSlot(reader: "stick", content: .card(stick.atr, exclusive: false))])
        #expect(throws: VirtualReaderError.readerExists("stick")) { try readers.plug(TestCards.unpowered(), as: "stick") }
        #expect(throws: VirtualReaderError.cardElsewhere("stick")) { try readers.plug(stick, as: "other") }
        #expect(readers.slots().count == 1)
        readers.detach("stick")
        #expect(await changes.next() == [])
        // It goes into the next port, and its plan is kept there, too.
        try readers.plug(stick, as: "other", faults: .pullAfter(1))
        let session = try readers.open("other")
        await #expect(throws: CardError(.removed, "other")) { try await session.transmit(select) }
    }

    @Test func `everybody who watches is told, and a watcher may go`() async throws {
        let readers = try readers("a")
        var first = readers.changes().makeAsyncIterator()
        do {
            var second = readers.changes().makeAsyncIterator()
            _ = await second.next()
        }
        _ = await first.next()
        readers.detach("a")
        #expect(await first.next() == [])
    }

    @Test func `changes end when their consumer is cancelled`() async throws {
        let readers = try readers("a")
        let watcher = Task {
            var count = 0
            for await _ in readers.changes() { count += 1 }
            return count
        }
        watcher.cancel()
        #expect(await watcher.value <= 1)
        #expect(readers.slots().count == 1)
    }

    @Test func `a cancelled task sends nothing more`() async throws {
        let readers = try readers("a")
        let card = try TestCards.unpowered(tries: 15)
        try readers.insert(card, in: "a")
        let session = try readers.open("a")
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await session.send(verify("000000"))
        }
        await #expect(throws: CardError(.cancelled, "a")) { try await task.value }
        #expect(try await session.transmit(query) == [0x63, 0xCF])
        await session.end(.leave)
    }
}

extension VirtualReaders {
    fileprivate static func with(_ name: String) throws -> VirtualReaders {
        let readers = VirtualReaders()
        try readers.attach(name)
        return readers
    }
}
