import Foundation
import ISO7816
import TestSupport
import Testing

@testable import PCSC

/// What needs a process of its own: no service at all, and the count of what is left behind.
@Suite(.timeLimit(.minutes(5))) struct ServiceTests {
    @Test func `without a daemon every door says so`() async {
        await #expect(processExitsWith: .success) {
            setenv("PCSCLITE_CSOCK_NAME", "/nonexistent/pcscd.comm", 1)
            let readers = PCSCReaders.patient
            for attempt in [{ _ = try await readers.slots() }, { _ = try await readers.open("Any") }] as [() async throws -> Void] {
                let error = await #expect(throws: CardError.self) { try await attempt() }
                #expect(error?.code == .serviceAbsent)
                #expect(
                    error?.description.hasPrefix("the smartcard service is not running: pcscd (SCardEstablishContext: SCARD_E_") == true)
                #expect(error?.hint.contains("pcscd.socket") == true)
            }
            var changes = readers.changes().makeAsyncIterator()
            #expect(await changes.next() == [])
        }
    }

    @Test func `a daemon that dies in the middle of a session is told, and nothing hangs`() async {
        await #expect(processExitsWith: .success) {
            let service = try await PrivatePCSCD.start(readers: 1)
            let readers = PCSCReaders(deadlines: PCSCDeadlines(connect: .seconds(60), status: .seconds(60)))
            let card = WireCard(in: service.slots[0])
            #expect(try await service.shows(cardWith: ATR(parsing: WireCard.plainATR), in: service.slots[0]))
            let session = try await readers.open(service.slots[0].reader)
            #expect(try await session.transmit([0x00, 0xA4, 0x04, 0x00]) == [0x90, 0x00])
            service.stop()
            let error = await #expect(throws: CardError.self) { try await session.transmit([0x00, 0xA4, 0x04, 0x00]) }
            #expect(error?.code == .serviceAbsent)
            await session.end(.reset)
            card.pull()
        }
    }

    @Test func `no thread and no file is left behind`() async {
        await #expect(processExitsWith: .success) {
            let service = try await PrivatePCSCD.start(readers: 1)
            let slot = service.slots[0]
            let patient = PCSCReaders(deadlines: PCSCDeadlines(connect: .seconds(60), status: .seconds(60)))
            let hasty = PCSCReaders(
                deadlines: PCSCDeadlines(
                    connect: .milliseconds(100), beginTransaction: .milliseconds(100), transmit: .milliseconds(100), status: .seconds(60)))
            let before = Belongings.ofThisProcess
            // One round of everything, the ugly endings included.
            for _ in 0..<2 {
                let card = WireCard(in: slot) { $0[1] == 0xA4 ? .answer([0x90, 0x00]) : .silence }
                for await slots in patient.changes() { if case .card = slots.first?.content { break } }
                let session = try await patient.open(slot.reader)
                _ = try await session.transmit([0x00, 0xA4, 0x04, 0x00])
                await #expect(throws: CardError.self) { try await hasty.open(slot.reader) }
                let waiting = Task { try await patient.open(slot.reader) }
                waiting.cancel()
                _ = await waiting.result
                await session.end(.reset)
                let silent = try await patient.open(slot.reader)
                let command = Task { try await silent.transmit([0x00, 0xB0, 0x00, 0x00]) }
                #expect(await eventually { card.commands.count == 2 })
                command.cancel()
                _ = await command.result
                card.pull()
                await #expect(throws: CardError.self) { try await silent.transmit([0x00, 0xB0, 0x00, 0x00]) }
                #expect(await eventually { (try? await patient.slots())?.first?.content == .empty })
            }
            #expect(await eventually { Belongings.ofThisProcess == before })
            #expect(Belongings.ofThisProcess == before)
            service.stop()
        }
    }
}
