import ISO7816
import Synchronization
import TestSupport
import Testing

@testable import Emulation

/// What a host gets from a card with which something goes wrong, in process.
@Suite(.timeLimit(.minutes(5))) struct FaultInjectorTests {
    private static let query: [UInt8] = [0x00, 0x20, 0x00, 0x80]
    private static let right: [UInt8] = query + [0x08] + padded("123456")
    private static let wrong: [UInt8] = query + [0x08] + padded("000000")
    private static let select: [UInt8] = [0x00, 0xA4, 0x04, 0x00, 0x09, 0xA0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00, 0x00]
    /// Many bytes: the discovery object.
    private static let read: [UInt8] = [0x00, 0xCB, 0x3F, 0xFF, 0x03, 0x5C, 0x01, 0x7E, 0x00]

    private let readers = VirtualReaders(clock: VirtualClock())
    private let card: VirtualCard

    init() throws {
        card = try TestCards.unpowered(tries: 5)
        try readers.attach("a")
    }

    private func insert(_ line: String) throws -> any CardSession {
        try readers.insert(card, in: "a", faults: try #require(FaultPlan(line)))
        return try readers.open("a")
    }

    @Test(
        arguments: [
            ("none", 0x63C4, 0x63C4), ("status 9000 after APDU 1", 0x63C4, 0x9000), ("status 9000 before APDU 1", nil, 0x9000),
            ("empty answer after APDU 1", 0x63C4, nil), ("truncated answer after APDU 1", 0x63C4, nil),
            ("pull after APDU 1", 0x63C4, nil), ("stuck after APDU 1", 0x63C4, nil), ("power loss after write 1", nil, nil),
            ("delay 1 ms after APDU 1", 0x63C4, 0x63C4),
        ] as [(String, UInt16?, UInt16?)])
    func `a record has what the card said, and what the host was told`(line: String, said: UInt16?, told: UInt16?) throws {
        let plan = try #require(FaultPlan(line))
        card.powerOn()
        _ = card.process(Self.select)
        var injector = FaultInjector(plan)
        injector.arm(card)
        let record = injector.strike(Self.wrong).run(on: card).record
        #expect(record.status?.rawValue == said && record.told?.rawValue == told, "\(line): \(record)")
    }

    private var triesLeft: Int? { card.retryCounters.first { $0.name == "PIV PIN" }?.triesLeft }

    private func failure(_ session: any CardSession, _ command: [UInt8]) async -> CardError.Code? {
        do throws(CardError) {
            _ = try await session.transmit(command)
            return nil
        } catch {
            return error.code
        }
    }

    @Test(
        arguments: [
            ("pull before APDU 2", .removed, 5), ("pull after APDU 2", .removed, 4), ("power loss before VERIFY 1", .unresponsive, 5),
            ("power loss after VERIFY 1", .unresponsive, 4), ("other program resets before INS 20 1", .reset, 5),
            ("power loss before write 1", .unresponsive, 5), ("power loss after write 1", .unresponsive, 4),
            ("pull after write 1", .removed, 4), ("stuck before APDU 2", .readerStuck, 5), ("stuck after APDU 2", .readerStuck, 4),
            ("delay 30000 ms after APDU 2", .readerStuck, 4),
        ] as [(String, CardError.Code, Int)])
    func `a lost answer is an error, and the card knows whether the command ran`(line: String, code: CardError.Code, left: Int) async throws
    {
        let session = try insert(line)
        _ = try await session.transmit(Self.select)
        #expect(await failure(session, Self.wrong) == code)
        #expect(triesLeft == left)
        await session.end(.reset)
        // Whatever it was, it happens once.
        readers.pull(from: "a")
        try readers.insert(card, in: "a")
        let next = try readers.open("a")
        #expect(try await next.transmit(Self.query) == [0x63, 0xC0 | UInt8(left)])
        await next.end(.reset)
    }

    @Test(
        arguments: [
            ("status 6F00 before APDU 1", "6F00", 5), ("status 6F00 after APDU 1", "6F00", 4), ("empty answer before APDU 1", "", 5),
            ("empty answer after APDU 1", "", 4), ("truncated answer after APDU 1", "63", 4), ("endless 61xx after APDU 1", "61FF", 4),
            ("delay 1000 ms before APDU 1", "63C4", 4), ("delay 29999 ms after APDU 1; delay 0 ms before APDU 1", "63C4", 4),
        ] as [(String, String, Int)])
    func `a wrong answer is told, and the card knows whether the command ran`(line: String, told: String, left: Int) async throws {
        let session = try insert(line)
        #expect(try await session.transmit(Self.wrong).hexadecimal == told)
        #expect(triesLeft == left)
        #expect(try await session.transmit(Self.query) == [0x63, 0xC0 | UInt8(left)])
        await session.end(.reset)
    }

    @Test func `garbage is as long as the answer, and the same every time`() async throws {
        let truth = try await insert("none").transmit(Self.read)
        var told: Set<[UInt8]> = []
        for _ in 0..<2 {
            readers.pull(from: "a")
            told.insert(try await insert("garbage after APDU 1").transmit(Self.read))
        }
        #expect(told.count == 1 && told.first?.count == truth.count && told.first != truth)
        readers.pull(from: "a")
        #expect(try await insert("garbage before APDU 1").transmit(Self.read).count == 258)
    }

    @Test(arguments: [
        "reset before APDU 3", "reset after APDU 2", "other program selects before APDU 3", "other program selects after APDU 2",
    ])
    func `in between, the login is lost and nobody is told`(line: String) async throws {
        let session = try insert(line)
        #expect(try await session.transmit(Self.right) == [0x90, 0x00])
        #expect(try await session.transmit(Self.query) == [0x90, 0x00])
        let isSelected = line.hasPrefix("reset")
        #expect(try await session.transmit(Self.query).hexadecimal == (isSelected ? "63C5" : "6D00"))
        #expect(try await session.transmit(Self.select).suffix(2) == [0x90, 0x00])
        #expect(try await session.transmit(Self.query).hexadecimal == "63C5")
        await session.end(.reset)
    }

    @Test func `another program's reset is told to who holds the card, and not to the next one`() async throws {
        let session = try insert("other program resets after APDU 1; other program resets after APDU 3")
        #expect(try await session.transmit(Self.right) == [0x90, 0x00])
        #expect(await failure(session, Self.query) == .reset)
        #expect(try await session.transmit(Self.query) == [0x63, 0xC5])
        await session.end(.leave)
        let next = try readers.open("a")
        #expect(try await next.transmit(Self.query) == [0x63, 0xC5])
        await next.end(.leave)
    }

    @Test func `a card without power answers nothing until it is opened again`() async throws {
        let session = try insert("power loss after APDU 1")
        #expect(await failure(session, Self.right) == .unresponsive)
        #expect(await failure(session, Self.query) == .unresponsive)
        await session.end(.leave)
        let next = try readers.open("a")
        #expect(try await next.transmit(Self.query) == [0x63, 0xC5])
        await next.end(.leave)
    }

    @Test func `a stuck card stays so until it is reset or pulled`() async throws {
        let session = try insert("stuck before APDU 1")
        for _ in 0..<2 { #expect(await failure(session, Self.query) == .readerStuck) }
        await session.end(.leave)
        #expect(throws: CardError(.readerStuck, "a")) { try readers.open("a") }
        readers.pull(from: "a")
        let next = try insert("stuck after APDU 1")
        #expect(await failure(next, Self.query) == .readerStuck)
        await next.end(.reset)
        let last = try readers.open("a")
        #expect(try await last.transmit(Self.query) == [0x63, 0xC5])
        await last.end(.reset)
    }

    @Test(arguments: ["stuck after APDU 1", "delay 600000 ms before APDU 1"])
    func `a card that says nothing can be pulled, and its program cancelled`(line: String) async throws {
        let slow = VirtualReaders(deadline: .seconds(3600))
        try slow.attach("a")
        for isPulled in [true, false] {
            try slow.insert(card, in: "a", faults: try #require(FaultPlan(line)))
            let session = try slow.open("a")
            let waiting = Task { await failure(session, Self.wrong) }
            if isPulled {
                // Also a pull that comes before the wait has begun ends it.
                slow.pull(from: "a")
            } else {
                waiting.cancel()
            }
            #expect(await waiting.value == (isPulled ? .removed : .cancelled))
            slow.pull(from: "a")
            await session.end(.reset)
        }
    }

    @Test func `what happens by chance happens at the same commands for the same seed`() async throws {
        func hits(_ seed: UInt64) async throws -> [Int] {
            readers.pull(from: "a")
            let session = try insert("status 6F42 before chance 0.25 seed \(seed)")
            var hits: [Int] = []
            for number in 0..<200 where try await session.transmit(Self.query) == [0x6F, 0x42] { hits.append(number) }
            return hits
        }
        let first = try await hits(7)
        #expect((20...80).contains(first.count))
        #expect(try await hits(7) == first)
        #expect(try await hits(8) != first)
    }

    @Test func `an observer sees what ran, without data`() async throws {
        let seen = Mailbox()
        try readers.insert(card, in: "a", faults: try #require(FaultPlan("status 6F00 after APDU 2; pull before APDU 4"))) { seen.put($0) }
        let session = try readers.open("a")
        _ = try await session.transmit(Self.select)
        _ = try await session.transmit(Self.right)
        _ = try await session.transmit(Self.wrong)
        #expect(await failure(session, Self.query) == .removed)
        let all = seen.all
        #expect(all.map(\.number) == [1, 2, 3, 4])
        #expect(all.map(\.hasRun) == [true, true, true, false])
        #expect(all.map(\.writes) == [0, 2, 1, 0])
        #expect(all.map(\.status) == [.success, .success, StatusWord(rawValue: 0x63C4), nil])
        #expect(all.map(\.faults.count) == [0, 1, 0, 1])
        #expect(all.map(\.bodyLength) == [11, 9, 9, 0])
        #expect(all.allSatisfy { $0.header.count == 4 })
    }
}

/// What an observer was told.
final class Mailbox: Sendable {
    private let records = Mutex<[CommandRecord]>([])
    var all: [CommandRecord] { records.withLock { $0 } }
    func put(_ record: CommandRecord) { records.withLock { $0.append(record) } }
}
