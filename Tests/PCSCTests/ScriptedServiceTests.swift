import Glibc
import ISO7816
import Synchronization
import TestSupport
import Testing

@testable import PCSC

private let atr: [UInt8] = [0x3B, 0x80, 0x80, 0x01, 0x01]

/// Reads events until there are as many as expected, and compares them.
private func expectNext(
    _ expected: [ReaderEvent], of events: AsyncStream<ReaderEvent>, sourceLocation: SourceLocation = #_sourceLocation
) async {
    var told: [ReaderEvent] = []
    for await event in events {
        told.append(event)
        if told.count == expected.count { break }
    }
    #expect(told == expected, sourceLocation: sourceLocation)
}

/// The monitor and sessions against a service that does what vpcd cannot.
@Suite(.timeLimit(.minutes(5))) struct ScriptedServiceTests {
    @Test func `readers arrive, two at once, and leave with their cards`() async {
        await #expect(processExitsWith: .success) {
            let service = try ScriptedPCSCD()
            let card = try ATR(parsing: atr)
            let events = PCSCReaders.patient.events()
            #expect(await eventually { service.count(of: .wait) > 0 })
            service.change { $0 = [.init("A"), .init("B", atr: atr)] }
            await expectNext([.readerArrived("A"), .readerArrived("B"), .cardInserted(card, reader: "B")], of: events)
            service.change { $0.removeLast() }
            await expectNext([.cardRemoved(reader: "B"), .readerLeft("B")], of: events)
            // One goes, one comes: the number of readers is the same, and the service tells neither.
            service.change { $0 = [.init("C")] }
            await expectNext([.readerLeft("A"), .readerArrived("C")], of: events)
        }
    }

    @Test func `sixteen readers, all that the service has room for, are watched like one`() async {
        await #expect(processExitsWith: .success) {
            let names = (0..<ScriptedPCSCD.places).map { "Reader \($0)" }
            let service = try ScriptedPCSCD(names.map { .init($0) })
            let card = try ATR(parsing: atr)
            let events = PCSCReaders.patient.events()
            await expectNext(names.map { .readerArrived($0) }, of: events)
            service.change { $0[15] = .init(names[15], eventCount: 1, atr: atr) }
            await expectNext([.cardInserted(card, reader: names[15])], of: events)
            service.change { $0.removeFirst() }
            await expectNext([.readerLeft(names[0])], of: events)
            #expect(try await PCSCReaders.patient.slots().map(\.reader) == Array(names.dropFirst()))
        }
    }

    @Test func `a reader that vanishes between listing and asking has left, and nothing else has`() async {
        await #expect(processExitsWith: .success) {
            let service = try ScriptedPCSCD([.init("A"), .init("B")])
            service.afterNextListing { $0.removeLast() }
            let events = PCSCReaders.patient.events()
            await expectNext([.readerArrived("A")], of: events)
            service.change { $0.append(.init("C")) }
            await expectNext([.readerArrived("C")], of: events)
            service.afterNextListing { $0.removeLast() }
            await expectNext([.readerLeft("C")], of: events)
        }
    }

    @Test func `a card that was in a reader before its driver had started is told`() async {
        await #expect(processExitsWith: .success) {
            var reader = ScriptedPCSCD.Reader("A", atr: atr)
            reader.isStarting = true
            let service = try ScriptedPCSCD([reader])
            let events = PCSCReaders.patient.events()
            await expectNext([.readerArrived("A")], of: events)
            // The service counts no insertion, as nobody inserted it.
            service.change { $0[0].isStarting = false }
            await expectNext([.cardInserted(try ATR(parsing: atr), reader: "A")], of: events)
        }
    }

    @Test func `who asks while a driver is starting is told of the card once it has started, and of no card where it never does`() async {
        await #expect(processExitsWith: .success) {
            var reader = ScriptedPCSCD.Reader("A", atr: atr)
            reader.isStarting = true
            let service = try ScriptedPCSCD([reader])
            // When it is first asked what is in them, it does not know yet.
            service.afterNextWaiting { $0[0].isStarting = false }
            let card = CardSlot.Content.card(try ATR(parsing: atr), exclusive: false)
            #expect(try await PCSCReaders.patient.slots().map(\.content) == [card])
            service.change { $0[0].isStarting = true }
            #expect(try await PCSCReaders.patient.slots().map(\.content) == [.empty])
        }
    }

    @Test func `a card swapped while nobody looked was away`() async {
        await #expect(processExitsWith: .success) {
            let service = try ScriptedPCSCD([.init("A", eventCount: 1, atr: atr)])
            let card = try ATR(parsing: atr)
            let events = PCSCReaders.patient.events()
            await expectNext([.readerArrived("A"), .cardInserted(card, reader: "A")], of: events)
            service.change { $0[0].eventCount = 3 }
            await expectNext([.cardRemoved(reader: "A"), .cardInserted(card, reader: "A")], of: events)
        }
    }

    @Test func `a service that denies, breaks off or hangs is lost for that reason, and back`() async {
        await #expect(processExitsWith: .success) {
            let service = try ScriptedPCSCD([.init("A")])
            service.fail(.establish, with: 0x8010_006A, 0x8010_006A)
            let events = PCSCReaders.patient.events()
            await expectNext([.serviceLost(CardError(.accessDenied, "pcscd")), .serviceBack, .readerArrived("A")], of: events)
            service.breakConnections()
            // One denial, as of a service that dies while it is asked, is none.
            service.fail(.establish, with: 0x8010_006A)
            let absent = CardError(.serviceAbsent, "pcscd")
            await expectNext([.serviceLost(absent), .readerLeft("A"), .serviceBack, .readerArrived("A")], of: events)
            // Only whoever waits for a short time is told of silence while the test waits.
            let hasty = PCSCReaders(deadlines: PCSCDeadlines(connect: .milliseconds(500), status: .seconds(60))).events()
            await expectNext([.readerArrived("A")], of: hasty)
            service.hang(true)
            await expectNext([.serviceLost(CardError(.serviceSilent, "pcscd")), .readerLeft("A")], of: hasty)
            service.hang(false)
            await expectNext([.serviceBack, .readerArrived("A")], of: hasty)
        }
    }

    @Test func `watches of a hanging service are given up, four at most, and leave nothing behind`() async {
        await #expect(processExitsWith: .success) {
            let service = try ScriptedPCSCD()
            service.hang(true)
            let readers = PCSCReaders(deadlines: PCSCDeadlines(connect: .milliseconds(100), status: .milliseconds(100)))
            let silent = CardError(.serviceSilent, "pcscd")
            for count in 1...StuckReaders.limit {
                let events = readers.events()
                // In its call, where it sleeps: one that has not begun when it is given up leaves at once.
                #expect(await eventually { Belongings.sleepingThreads == count })
                for await event in events {
                    #expect(event == .serviceLost(silent))
                    break
                }
            }
            var told: [ReaderEvent] = []
            for await event in readers.events() { told.append(event) }
            #expect(told == [.serviceLost(CardError(.readerUnavailable, "pcscd"))])
            service.hang(false)
            #expect(await eventually { service.clients == 0 })
            #expect(await eventually { (try? await readers.slots()) == [] })
        }
    }

    @Test func `a consumer that leaves too much unread is told what came first and then the end, and the process lives`() async {
        await #expect(processExitsWith: .success) {
            let names = (0..<ScriptedPCSCD.places).map { "Reader \($0)" }
            let service = try ScriptedPCSCD(names.map { .init($0) })
            let events = PCSCReaders.patient.events(waiting: 3)
            // The monitor has gone with its connection before anything is read.
            #expect(await eventually { service.count(of: .readers) > 0 && service.clients == 0 })
            var told: [ReaderEvent] = []
            for await event in events { told.append(event) }
            #expect(told == names.prefix(3).map { .readerArrived($0) })
        }
    }

    @Test func `whoever is told may stop the monitor, also on the thread that watches over the service`() async {
        await #expect(processExitsWith: .success) {
            let told = Mutex<[ReaderEvent]>([])
            let made = Mutex<ReaderMonitor?>(nil)
            let monitor = ReaderMonitor { news in
                told.withLock { $0 += news.events }
                made.withLock { $0 }?.stop()
            }
            made.withLock { $0 = monitor }
            // No call can have returned in less than no time.
            monitor.checkSilence(.seconds(-1))
            #expect(told.withLock { $0 } == [.serviceLost(CardError(.serviceSilent, "pcscd"))])
            monitor.run()
        }
    }

    @Test func `a consumer that is cancelled leaves no connection behind`() async {
        await #expect(processExitsWith: .success) {
            let service = try ScriptedPCSCD([.init("A")])
            for _ in 0..<20 {
                let watching = Task { for await _ in PCSCReaders.patient.events() {} }
                watching.cancel()
                await watching.value
            }
            #expect(await eventually { service.clients == 0 })
        }
    }

    @Test func `a process may end while its threads call the service`() async {
        await #expect(processExitsWith: .success) {
            let service = try ScriptedPCSCD([.init("A")])
            for _ in 0..<8 {
                try BlockingThread.start { while true { _ = try? PCSCContext.establish().readers() } }
            }
            #expect(await eventually { service.count(of: .establish) > 100 })
            // The C library throws its lists away, then this file is written out: a while in which calls would be deadly.
            var ends: [CInt] = [0, 0]
            try #require(unsafe pipe(&ends) == 0)
            let (source, sink) = (ends[0], ends[1])
            try #require(write(sink, [UInt8](repeating: 0, count: 65536), 65536) == 65536)
            let late = try #require(unsafe fdopen(sink, "w"))
            try #require(unsafe fputs("late", late) >= 0)
            try BlockingThread.start {
                usleep(300_000)
                var bytes = [UInt8](repeating: 0, count: 8192)
                while read(source, &bytes, bytes.count) > 0 {}
            }
        }
    }

    @Test func `a reset by another program is reported, sent again by nobody, and the session goes on`() async {
        await #expect(processExitsWith: .success) {
            let service = try ScriptedPCSCD([.init("A", atr: atr)])
            let session = try await PCSCReaders.patient.open("A")
            #expect(try await session.transmit([0x00, 0xA4, 0x04, 0x00]) == [0x90, 0x00])
            service.fail(.transmit, with: 0x8010_0068)
            let error = await #expect(throws: CardError.self) { try await session.transmit([0x00, 0x20, 0x00, 0x80]) }
            #expect(error?.code == .reset)
            #expect(error?.hint.contains("PIN has to be entered again") == true)
            #expect(service.count(of: .transmit) == 2)
            #expect(service.count(of: .reconnect) == 1)
            #expect(try await session.transmit([0x00, 0xA4, 0x04, 0x00]) == [0x90, 0x00])
            await session.end(.reset)
            #expect(await eventually { service.clients == 0 })
        }
    }

    @Test func `a reset before the transaction begins costs nothing, one whose renewal fails is reported`() async {
        await #expect(processExitsWith: .success) {
            let service = try ScriptedPCSCD([.init("A", atr: atr)])
            service.fail(.begin, with: 0x8010_0068, 0x8010_0068)
            let session = try await PCSCReaders.patient.open("A")
            #expect(service.count(of: .reconnect) == 2)
            // The renewal finds the card gone: the reset is told first, the removal with the next command.
            service.fail(.transmit, with: 0x8010_0068, 0x8010_0069)
            service.fail(.reconnect, with: 0x8010_0069)
            let first = await #expect(throws: CardError.self) { try await session.transmit([0x00, 0x20, 0x00, 0x80]) }
            #expect(first?.code == .reset)
            let second = await #expect(throws: CardError.self) { try await session.transmit([0x00, 0x20, 0x00, 0x80]) }
            #expect(second?.code == .removed)
            await session.end(.reset)
        }
    }
}

/// Who watches over a card while nobody talks to it.
@Suite(.timeLimit(.minutes(5))) struct ReaderWitnessTests {
    @Test func `the card is the same until it was out, whether it is back or not`() async {
        await #expect(processExitsWith: .success) {
            let service = try ScriptedPCSCD([.init("A", eventCount: 1, atr: atr)])
            let readers = PCSCReaders.patient
            let witness = try #require(await readers.witness(of: "A"))
            for _ in 0..<3 { #expect(await witness.isSameCard()) }
            service.change { $0[0].eventCount = 3 }
            #expect(await !witness.isSameCard())
            // Not even when the count says what it said.
            service.change { $0[0].eventCount = 1 }
            #expect(await !witness.isSameCard())
            let next = try #require(await readers.witness(of: "A"))
            service.change { $0[0].atr = nil }
            #expect(await !next.isSameCard())
            let vanishing = await readers.witness(of: "A")
            #expect(vanishing == nil)
            #expect(await eventually { service.clients == 0 })
        }
    }

    @Test func `a stick that was replaced by another of its kind, and nobody asked in between, is not the same`() async {
        await #expect(processExitsWith: .success) {
            let service = try ScriptedPCSCD([.init("A", atr: atr)])
            let readers = PCSCReaders.patient
            let witness = try #require(await readers.witness(of: "A"))
            #expect(await witness.isSameCard())
            service.change { $0 = [] }
            // Whoever watched has seen it, and gone.
            #expect(await eventually { service.clients == 0 })
            service.change { $0 = [.init("A", atr: atr)] }
            #expect(await !witness.isSameCard())
            let next = try #require(await readers.witness(of: "A"))
            #expect(await next.isSameCard())
        }
    }

    @Test func `a card that was out, counted or not, and nobody asked in between, is not the same`() async {
        await #expect(processExitsWith: .success) {
            let service = try ScriptedPCSCD([.init("A", eventCount: 1, atr: atr)])
            let readers = PCSCReaders.patient
            let away = try #require(await readers.witness(of: "A"))
            service.change { $0[0].atr = nil }
            #expect(await eventually { service.clients == 0 })
            service.change { $0[0].atr = atr }
            #expect(await !away.isSameCard())
            let counted = try #require(await readers.witness(of: "A"))
            service.change { $0[0].eventCount = 3 }
            #expect(await eventually { service.clients == 0 })
            service.change { $0[0].eventCount = 1 }
            #expect(await !counted.isSameCard())
        }
    }

    @Test func `a service that was away, or hangs, vouches for nothing`() async {
        await #expect(processExitsWith: .success) {
            let service = try ScriptedPCSCD([.init("A", atr: atr)])
            let first = try #require(await PCSCReaders.patient.witness(of: "A"))
            service.breakConnections()
            #expect(await !first.isSameCard())
            #expect(await !first.isSameCard())
            let hasty = PCSCReaders(deadlines: PCSCDeadlines(status: .milliseconds(500)))
            var called: (any CardWitness)?
            let isCalled = await eventually {
                called = await hasty.witness(of: "A")
                return called != nil
            }
            #expect(isCalled)
            let second = try #require(called)
            service.hang(true)
            #expect(await !second.isSameCard())
            #expect(await hasty.witness(of: "A") == nil)
            service.hang(false)
            #expect(await !second.isSameCard())
            #expect(await eventually { service.clients == 0 })
        }
    }

    @Test func `a reader that left, and a witness that nobody needs, are let go`() async {
        await #expect(processExitsWith: .success) {
            let service = try ScriptedPCSCD([.init("A", atr: atr), .init("B", atr: atr)])
            let readers = PCSCReaders.patient
            #expect(await readers.witness(of: "No such reader") == nil)
            do {
                let a = try #require(await readers.witness(of: "A"))
                let b = try #require(await readers.witness(of: "B"))
                service.change { $0.removeFirst() }
                #expect(await !a.isSameCard())
                // Readers that come and go may be the same stick, or two: nobody vouches for any.
                #expect(await eventually { service.clients == 0 })
                #expect(await !b.isSameCard())
                let c = try #require(await readers.witness(of: "B"))
                #expect(await c.isSameCard())
                // One who waits, one who answers.
                #expect(service.clients == 2)
            }
            #expect(await eventually { service.clients == 0 })
        }
    }
}
