import Dispatch
import ISO7816
import Secrets
import TestSupport
import Testing

@testable import PCSC

/// Readers' own functions through a real pcscd; vpcd has none.
@Suite(.timeLimit(.minutes(5))) struct ReaderServiceTests {
    @Test(arguments: [(WireCard.plainATR, true), ([0x3B, 0x00], false)])
    func `a reader without features has no pinpad, and over T=1 nothing is held against it`(_ atr: [UInt8], _ passes: Bool) async throws {
        try await PrivatePCSCD.withCard(atr: atr) { reader, card in
            let session = try await PCSCReaders.patient.open(reader)
            for _ in 0..<2 {
                #expect(await session.passesExtendedLength == passes)
                #expect(await session.pinpad == nil)
            }
            // The card was asked nothing, and is there as before.
            #expect(card.commands.isEmpty)
            #expect(try await session.transmit([0x00, 0xA4, 0x04, 0x00]) == [0x90, 0x00])
            await session.end(.leave)
        }
    }

    @Test func `a reader tells its details with a card and without one`() async throws {
        try await PrivatePCSCD.withCard { reader, card in
            let details = try await PCSCReaders.patient.details(of: reader)
            // This driver tells nothing at all.
            #expect(details.vendor == nil && details.serialNumber == nil && details.version == nil)
            #expect(details.features.isEmpty && !details.hasPinpad)
            #expect(card.commands.isEmpty)
        }
        try await PrivatePCSCD.shared.withSlot { slot in
            let details = try await PCSCReaders.patient.details(of: slot.reader)
            #expect(details.atr == nil && details.features.isEmpty)
        }
    }

    @Test func `details of a reader that is not there are an error`() async throws {
        _ = try await PrivatePCSCD.shared
        let error = await #expect(throws: CardError.self) { try await PCSCReaders.patient.details(of: "No such reader") }
        #expect(error?.code == .readerMissing)
    }

    @Test func `details of a card that another program holds are an error that says so, told at once or after a wait`() async {
        await #expect(processExitsWith: .success) {
            var held = ScriptedPCSCD.Reader("A", atr: WireCard.plainATR)
            held.isInUse = true
            let service = try ScriptedPCSCD([held, .init("B", atr: WireCard.plainATR)])
            service.fail(.connect, with: 0x8010_000B)
            let refused = await #expect(throws: CardError.self) { try await PCSCReaders.patient.details(of: "A") }
            #expect(refused?.code == .heldByAnotherProgram)
            service.hang(true, at: .connect)
            let hasty = PCSCReaders(deadlines: PCSCDeadlines(connect: .milliseconds(300), status: .seconds(60)))
            let waited = await #expect(throws: CardError.self) { try await hasty.details(of: "A") }
            #expect(waited?.code == .heldByAnotherProgram)
            let stuck = await #expect(throws: CardError.self) { try await hasty.details(of: "B") }
            #expect(stuck?.code == .readerStuck, "nobody has it")
            service.hang(false, at: .connect)
            #expect(await eventually { service.clients == 0 })
        }
    }

    @Test func `a service that makes nobody wait tells details of a card that another program holds`() async {
        await #expect(processExitsWith: .success) {
            var held = ScriptedPCSCD.Reader("A", atr: WireCard.plainATR)
            held.isInUse = true
            let service = try ScriptedPCSCD([held])
            let details = try await PCSCReaders.patient.details(of: "A")
            #expect(details.features.isEmpty && !details.hasPinpad)
            #expect(service.count(of: .connect) == 1 && service.count(of: .transmit) == 0)
            #expect(await eventually { service.clients == 0 })
        }
    }

    @Test func `who walks away from a reader's keys leaves it in use until they are done, and not stuck`() async {
        await #expect(processExitsWith: .success) {
            let service = try ScriptedPCSCD([.init("A", atr: WireCard.plainATR)])
            let (stuck, thread, keys, begun) = (StuckReaders(), CardThread(reader: "A"), DispatchSemaphore(value: 0), Tally())
            try BlockingThread.start { thread.run() }
            _ = try await thread.opened.take(onCancel: .cancelled).get()
            let entering = Task { () async throws(CardError) -> Int in
                try await CardThreadPort(thread: thread, stuck: stuck).perform(within: .seconds(60)) { _ in
                    begun.add()
                    keys.wait()
                    return 0
                }
            }
            #expect(await eventually { begun.count == 1 })
            entering.cancel()
            let error = await #expect(throws: CardError.self) { try await entering.value }
            #expect(error?.code == .cancelled)
            #expect(!stuck.isSilent("A"))
            for _ in 1..<StuckReaders.limit { stuck.abandon("A", .otherProgram) }
            let refused = #expect(throws: CardError.self) { try stuck.admit("A") }
            #expect(refused?.code == .heldByAnotherProgram)
            keys.signal()
            let isFree = await eventually { (try? stuck.admit("A")) != nil }
            #expect(isFree && service.count(of: .connect) == 1)
        }
    }

    @Test func `a task that is cancelled asks no reader, and its session goes on`() async throws {
        try await PrivatePCSCD.withCard { reader, _ in
            let session = try #require(try await PCSCReaders.patient.open(reader) as? PCSCSession)
            let cancelled = Task {
                while !Task.isCancelled { await Task.yield() }
                return await session.passesExtendedLength
            }
            cancelled.cancel()
            // The question is the session's, not the task's.
            #expect(await cancelled.value)
            #expect(try await session.transmit([0x00, 0xA4, 0x04, 0x00]) == [0x90, 0x00])
            await session.end(.leave)
        }
    }
}
