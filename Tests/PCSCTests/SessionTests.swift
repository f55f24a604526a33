import Dispatch
import ISO7816
import Secrets
import TestSupport
import Testing

@testable import PCSC

/// Sessions through a real pcscd; the card is bytes on a wire.
@Suite(.timeLimit(.minutes(5))) struct SessionTests {
    private static let select: [UInt8] = [0x00, 0xA4, 0x04, 0x00]
    private func expect<R: Sendable>(_ code: CardError.Code, _ body: () async throws -> R) async -> CardError? {
        let error = await #expect(throws: CardError.self) { _ = try await body() }
        #expect(error?.code == code)
        return error
    }

    @Test func `readers are listed in the service's order, empty ones too`() async throws {
        let service = try await PrivatePCSCD.shared
        let names = try await PCSCReaders.patient.slots().map(\.reader)
        #expect(names == service.slots.map(\.reader))
    }

    @Test func `an empty reader is told as such`() async throws {
        try await PrivatePCSCD.shared.withSlot { slot in
            let error = await expect(.cardMissing) { try await PCSCReaders.patient.open(slot.reader) }
            #expect(error?.subject == slot.reader)
        }
    }

    @Test(arguments: ["No such reader", "", "Tessera \u{0}", String(repeating: "R", count: 500)])
    func `a reader that does not exist is told as such`(name: String) async throws {
        _ = try await PrivatePCSCD.shared
        _ = await expect(.readerMissing) { try await PCSCReaders.patient.open(name) }
    }

    @Test func `a card that programs connect to and reset is the same until it is out`() async throws {
        try await PrivatePCSCD.withCard {
            .answer([$0[1], 0x90, 0x00])
        } _: { reader, card in
            let witness = try #require(await PCSCReaders.patient.witness(of: reader))
            for disposition in [CardDisposition.leave, .reset, .leave] {
                let session = try await PCSCReaders.patient.open(reader)
                #expect(await witness.isSameCard())
                _ = try await session.transmit(Self.select)
                await session.end(disposition)
                #expect(await witness.isSameCard())
            }
            card.pull()
            #expect(await eventually { await !witness.isSameCard() })
        }
    }

    @Test func `commands go to the card and answers come back as they are`() async throws {
        let long = [UInt8](repeating: 0x5A, count: 60_000) + [0x90, 0x00]
        try await PrivatePCSCD.withCard { command in
            switch command[1] {
            case 0xCB: .answer(long)
            case 0xB0: .answer([0x61])
            default: .answer(command.reversed() + [0x6A, 0x82])
            }
        } _: { reader, card in
            let session = try await PCSCReaders.patient.open(reader)
            #expect(session.atr == (try ATR(parsing: WireCard.plainATR)))
            #expect(try await session.transmit(Self.select) == [0x00, 0x04, 0xA4, 0x00, 0x6A, 0x82])
            #expect(try await session.transmit([0x00, 0xCB, 0x3F, 0xFF, 0x00, 0x00, 0x00]) == long)
            // Shorter than any answer may be: the channel hands it on, and whoever reads it refuses it.
            #expect(try await session.transmit([0x00, 0xB0, 0x00, 0x00]) == [0x61])
            await session.end(.leave)
            #expect(card.commands.count == 3)
        }
    }

    @Test(
        arguments: [
            ([0x3B, 0x00], "00A4040002A000", "0020008000"),
            // The LuxTrust smartcard: T=0, for no TD1 says otherwise.
            (
                [0x3B, 0x7D, 0x94, 0x00, 0x00, 0x80, 0x31, 0x80, 0x65, 0xB0, 0x83, 0x11, 0x00, 0xC8, 0x83, 0x00, 0x90, 0x00],
                "00A4040002A000", "0020008000"
            ),
            (WireCard.plainATR, "00A4040002A00000", "00200080"),
        ] as [([UInt8], String, String)])
    func `a card gets its commands as its protocol wants them`(_ atr: [UInt8], _ select: String, _ query: String) async throws {
        try await PrivatePCSCD.withCard(atr: atr, { _ in .answer([0x90, 0x00]) }) { reader, card in
            let session = try await PCSCReaders.patient.open(reader)
            _ = try await session.transmit([0x00, 0xA4, 0x04, 0x00, 0x02, 0xA0, 0x00, 0x00])
            _ = try await session.transmit([0x00, 0x20, 0x00, 0x80])
            let pin = try SecretBytes.copying([0x31, 0x32, 0x33, 0x34])
            _ = try await session.transmit(SensitiveCommand.making(instruction: 0x20, p2: 0x80, body: pin))
            #expect(card.commands.map(\.hexadecimal) == [select, query, "002000800431323334"])
            await session.end(.leave)
        }
    }

    @Test func `a PIN reaches the card as it stands`() async throws {
        try await PrivatePCSCD.withCard { reader, card in
            let session = try await PCSCReaders.patient.open(reader)
            let pin = try SecretBytes.copying([0x31, 0x32, 0x33, 0x34, 0xFF, 0xFF, 0xFF, 0xFF])
            let answer = try await session.transmit(SensitiveCommand.making(instruction: 0x20, p2: 0x80, body: pin))
            #expect(answer == [0x90, 0x00])
            #expect(card.commands == [[0x00, 0x20, 0x00, 0x80, 0x08, 0x31, 0x32, 0x33, 0x34, 0xFF, 0xFF, 0xFF, 0xFF]])
            await session.end(.reset)
        }
    }

    @Test func `a parcel gives its command out once`() throws {
        let parcel = CardThread.Parcel(.plain([1, 2, 3]))
        switch parcel.take() {
        case .plain(let bytes): #expect(bytes == [1, 2, 3])
        default: Issue.record("the command is missing")
        }
        let isEmpty =
            switch parcel.take() {
            case .some: false
            case nil: true
            }
        #expect(isEmpty)
    }

    @Test func `leaving a card does not reset it, resetting does, and both free it`() async throws {
        try await PrivatePCSCD.withCard { reader, card in
            let before = card.resets
            for _ in 0..<3 {
                let session = try await PCSCReaders.patient.open(reader)
                _ = try await session.transmit(Self.select)
                await session.end(.leave)
            }
            #expect(card.resets == before)
            let session = try await PCSCReaders.patient.open(reader)
            _ = try await session.transmit(Self.select)
            await session.end(.reset)
            #expect(card.resets == before + 1)
        }
    }

    @Test func `a session is over when it is over`() async throws {
        try await PrivatePCSCD.withCard { reader, card in
            let session = try await PCSCReaders.patient.open(reader)
            await session.end(.reset)
            let resets = card.resets
            await session.end(.reset)
            #expect(card.resets == resets)
            let error = await expect(.cancelled) { try await session.transmit(Self.select) }
            #expect(error?.detail == "the session has ended")
            #expect(card.commands.isEmpty)
        }
    }

    @Test func `a session that nobody ended resets the card`() async throws {
        try await PrivatePCSCD.withCard { reader, card in
            let before = card.resets
            do {
                let session = try await PCSCReaders.patient.open(reader)
                _ = try await session.transmit(Self.select)
            }
            #expect(await eventually { card.resets == before + 1 })
            let next = try await PCSCReaders.patient.open(reader)
            await next.end(.leave)
        }
    }

    @Test func `a card pulled while it works is removed, and a later command says so again`() async throws {
        try await PrivatePCSCD.withCard({ _ in .pull }) { reader, card in
            let session = try await PCSCReaders.patient.open(reader)
            let error = await expect(.removed) { try await session.transmit(Self.select) }
            #expect(error?.hint.contains("a try may have been spent") == true)
            _ = await expect(.removed) { try await session.transmit(Self.select) }
            await session.end(.reset)
            #expect(card.commands.count == 1)
        }
    }

    @Test func `a card pulled between two commands is removed`() async throws {
        try await PrivatePCSCD.withCard { reader, card in
            let session = try await PCSCReaders.patient.open(reader)
            _ = try await session.transmit(Self.select)
            card.pull()
            _ = await expect(.removed) { try await session.transmit(Self.select) }
            await session.end(.leave)
        }
    }

    @Test func `while one session holds the card another waits, in vain, then with success`() async throws {
        try await PrivatePCSCD.withCard { reader, _ in
            let first = try await PCSCReaders.patient.open(reader)
            let hasty = PCSCReaders(
                deadlines: PCSCDeadlines(connect: .milliseconds(300), beginTransaction: .milliseconds(300), status: .seconds(60)))
            let error = await expect(.heldByAnotherProgram) { try await hasty.open(reader) }
            #expect(error?.hint.contains("close the browser") == true)
            // The one that gave up neither resets nor keeps the card.
            #expect(try await first.transmit(Self.select) == [0x90, 0x00])
            async let second = PCSCReaders.patient.open(reader)
            // With a reset, which the waiting one hears of and lives through.
            await first.end(.reset)
            let session = try await second
            #expect(try await session.transmit(Self.select) == [0x90, 0x00])
            await session.end(.leave)
        }
    }

    @Test func `an opening that is cancelled behind another program ends at once`() async throws {
        try await PrivatePCSCD.withCard { reader, _ in
            let first = try await PCSCReaders.patient.open(reader)
            let waiting = Task { try await PCSCReaders.patient.open(reader) }
            waiting.cancel()
            _ = await expect(.cancelled) { try await waiting.value }
            await first.end(.leave)
            let next = try await PCSCReaders.patient.open(reader)
            await next.end(.leave)
        }
    }

    @Test func `a cancelled command ends its session, and the card is free again`() async throws {
        let answered = DispatchSemaphore(value: 0)
        @Sendable func answerLate(_ command: [UInt8]) -> WireCard.Reaction {
            answered.wait()
            return .answer([0x90, 0x00])
        }
        try await PrivatePCSCD.withCard(answerLate) { reader, card in
            // However this ends, the card's thread does.
            defer { answered.signal() }
            let session = try await PCSCReaders.patient.open(reader)
            let before = card.resets
            let command = Task { try await session.transmit([0x00, 0x20, 0x00, 0x80]) }
            try #require(await eventually { card.commands.count == 1 })
            command.cancel()
            _ = await expect(.cancelled) { try await command.value }
            _ = await expect(.cancelled) { try await session.transmit(Self.select) }
            await session.end(.leave)
            #expect(card.commands.count == 1)
            // What ran on the card nobody knows: when it answers at last, it is reset before anybody else gets it.
            answered.signal()
            let next = try await PCSCReaders.patient.open(reader)
            #expect(card.resets == before + 1)
            await next.end(.leave)
        }
    }

    @Test func `a task that is cancelled already does not touch the card or its session`() async throws {
        try await PrivatePCSCD.withCard { reader, card in
            let session = try await PCSCReaders.patient.open(reader)
            let cancelled = Task {
                while !Task.isCancelled { await Task.yield() }
                return try await session.transmit(Self.select)
            }
            cancelled.cancel()
            _ = await expect(.cancelled) { try await cancelled.value }
            #expect(card.commands.isEmpty)
            #expect(try await session.transmit(Self.select) == [0x90, 0x00])
            await session.end(.leave)
        }
    }

    @Test func `a silent card is stuck, four times unavailable, and well again once it is pulled`() async throws {
        try await PrivatePCSCD.withCard({ _ in .silence }) { reader, card in
            let readers = PCSCReaders(
                deadlines: PCSCDeadlines(
                    connect: .milliseconds(300), beginTransaction: .milliseconds(300), transmit: .milliseconds(300), status: .seconds(60)))
            let patient = PCSCReaders(deadlines: PCSCDeadlines(connect: .seconds(60), transmit: .milliseconds(300), status: .seconds(60)))
            let session = try await patient.open(reader)
            let error = await expect(.readerStuck) { try await session.transmit(Self.select) }
            #expect(error?.subject == reader)
            #expect(error?.hint.contains("unplug") == true)
            // The session is lost; every later command says why without waiting.
            _ = await expect(.readerStuck) { try await session.transmit(Self.select) }
            await session.end(.reset)
            // Others have counts of their own: here four openings get stuck behind the silent exchange.
            for _ in 0..<StuckReaders.limit { await #expect(throws: CardError.self) { try await readers.open(reader) } }
            let refused = await #expect(throws: CardError.self) { try await readers.open(reader) }
            #expect(refused?.code == .readerUnavailable || refused?.code == .heldByAnotherProgram)
            #expect(refused?.detail?.hasSuffix("4 calls have not returned") == true)
            #expect(card.commands.count == 1)
            card.pull()
            // The calls return, their threads clean up, and the reader is as before.
            #expect(
                await eventually {
                    do {
                        await (try readers.open(reader)).end(.leave)
                        return false
                    } catch let error as CardError { return error.code == .cardMissing } catch { return false }
                })
        }
    }

    @Test func `sessions with several cards do not wait for each other`() async throws {
        try await PrivatePCSCD.withCard({ _ in .silence }) { silent, _ in
            try await PrivatePCSCD.withCard { reader, card in
                let stuck = try await PCSCReaders.patient.open(silent)
                let waiting = Task { try await stuck.transmit(Self.select) }
                let session = try await PCSCReaders.patient.open(reader)
                for number in 1...100 {
                    #expect(try await session.transmit(Self.select) == [0x90, 0x00])
                    #expect(card.commands.count == number)
                }
                await session.end(.leave)
                waiting.cancel()
                _ = await expect(.cancelled) { try await waiting.value }
                await stuck.end(.leave)
            }
        }
    }

    @Test func `commands of several tasks go to one card one after another`() async throws {
        try await PrivatePCSCD.withCard({ .answer([$0[3], 0x90, 0x00]) }) { reader, card in
            let session = try await PCSCReaders.patient.open(reader)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<50 as Range<UInt8> {
                    group.addTask {
                        let answer = try await session.transmit([0x00, 0xB0, 0x00, number])
                        #expect(answer == [number, 0x90, 0x00])
                    }
                }
                try await group.waitForAll()
            }
            #expect(Set(card.commands.map { $0[3] }) == Set(0..<50))
            #expect(card.commands.count == 50)
            await session.end(.leave)
        }
    }

    @Test(arguments: [CardDisposition.leave, .reset])
    func `a card can be opened again and again`(disposition: CardDisposition) async throws {
        try await PrivatePCSCD.withCard { reader, card in
            for _ in 0..<10 {
                let answer = try await PCSCReaders.patient.withCard(in: reader, ending: disposition) { channel throws(CardError) in
                    try await channel.transmit(Self.select)
                }
                #expect(answer == [0x90, 0x00])
            }
            #expect(card.resets >= (disposition == .reset ? 10 : 0))
        }
    }

    @Test func `a card that is unreadable is mute, and says so when it is opened`() async throws {
        try await PrivatePCSCD.shared.withSlot { slot in
            // T=1 announced, and a checksum that does not fit.
            let card = WireCard(in: slot, atr: [0x3B, 0x80, 0x80, 0x01, 0x02])
            defer { card.pull() }
            #expect(await eventually { (try? await PCSCReaders.patient.content(of: slot.reader)) == .mute })
            let error = await #expect(throws: CardError.self) { try await PCSCReaders.patient.open(slot.reader) }
            #expect(error?.code == .unresponsive || error?.code == .malformedAnswer)
            #expect(card.commands.isEmpty)
        }
    }

    @Test func `withCard ends the session whatever happens`() async throws {
        try await PrivatePCSCD.withCard { reader, card in
            let before = card.resets
            let answer = try await PCSCReaders.patient.withCard(in: reader, ending: .leave) { channel throws(CardError) in
                try await channel.transmit(Self.select)
            }
            #expect(answer == [0x90, 0x00])
            _ = await expect(.notSupported) {
                try await PCSCReaders.patient.withCard(in: reader, ending: .reset) { _ throws(CardError) -> Int in
                    throw CardError(.notSupported, "test")
                }
            }
            #expect(card.resets == before + 1)
        }
    }
}
