import Foundation
import ISO7816
import TestSupport
import Testing

@testable import PCSC

/// What `changes()` tells, through a real pcscd.
@Suite(.timeLimit(.minutes(5))) struct MonitorTests {
    @Test func `the current state comes first, then the card arrives and leaves`() async throws {
        try await PrivatePCSCD.shared.withSlot { slot in
            let atr = try ATR(parsing: [0x3B, 0x81, 0x80, 0x01, 0x7A, 0x7A])
            var contents: [CardSlot.Content] = []
            var card: WireCard?
            for await slots in PCSCReaders.patient.changes() {
                let content = try #require(slots.first { $0.reader == slot.reader }).content
                // Other suites' cards come and go meanwhile.
                guard content != contents.last else { continue }
                contents.append(content)
                switch contents {
                case [.empty]: card = WireCard(in: slot, atr: atr.bytes)
                case [.empty, .card(atr, exclusive: false)]: card?.pull()
                default: break
                }
                if contents.count == 3 { break }
            }
            #expect(contents == [.empty, .card(atr, exclusive: false), .empty])
        }
    }

    @Test func `a card that is used and reset is no news`() async throws {
        try await PrivatePCSCD.shared.withSlot { slot in
            let card = WireCard(in: slot)
            let readers = PCSCReaders(deadlines: PCSCDeadlines(connect: .seconds(60), status: .seconds(60)))
            var contents: [CardSlot.Content] = []
            for await slots in readers.changes() {
                let content = try #require(slots.first { $0.reader == slot.reader }).content
                if case .card = content, contents.isEmpty || contents.last == .empty {
                    let session = try await readers.open(slot.reader)
                    _ = try await session.transmit([0x00, 0xA4, 0x04, 0x00])
                    await session.end(.reset)
                    contents.append(content)
                    card.pull()
                } else if content != contents.last {
                    contents.append(content)
                }
                if contents.count > 1, contents.last == .empty { break }
            }
            #expect(contents.filter { $0 != .empty } == [.card(try ATR(parsing: WireCard.plainATR), exclusive: false)])
        }
    }

    @Test func `a consumer that is cancelled is done`() async throws {
        _ = try await PrivatePCSCD.shared
        let watching = Task {
            var count = 0
            for await _ in PCSCReaders.patient.changes() { count += 1 }
            return count
        }
        watching.cancel()
        #expect(await watching.value <= 64)
    }

    @Test func `the daemon dies and comes back, and later events are seen`() async throws {
        await #expect(processExitsWith: .success) {
            let service = try await PrivatePCSCD.start(readers: 1)
            let names = service.slots.map(\.reader)
            var changes = PCSCReaders.patient.changes().makeAsyncIterator()
            #expect(await changes.next()?.map(\.reader) == names)
            service.stop()
            #expect(await changes.next() == [])
            let error = await #expect(throws: CardError.self) { try await PCSCReaders.patient.slots() }
            #expect(error?.code == .serviceAbsent)
            try await service.resume()
            #expect(await changes.next()?.map(\.reader) == names)
            let card = WireCard(in: service.slots[1])
            let atr = try ATR(parsing: WireCard.plainATR)
            #expect(await changes.next()?.map(\.content) == [.empty, .card(atr, exclusive: false)])
            card.pull()
            #expect(await changes.next()?.map(\.content) == [.empty, .empty])
            service.stop()
        }
    }
}
