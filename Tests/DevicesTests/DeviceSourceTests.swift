import DeviceProtocol
import Devices
import Emulation
import Foundation
import ISO7816
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct DeviceSourceTests {
    @Test func `the devices are the known cards`() async throws {
        let bench = try await CardBench()
        try bench.readers.attach("Virtual Reader 01")
        let devices = try await CardDevices(of: bench.readers, isEmulated: true).devices()
        #expect(devices.map(\.descriptor.id) == [bench.device.descriptor.id])
        #expect(devices.allSatisfy { $0.descriptor.isEmulated })
    }

    @Test func `a card that Tessera does not know is left out`() async throws {
        let readers = VirtualReaders()
        try readers.attach("Virtual Reader 00")
        let atr = try ATR(parsing: [0x3B, 0x80, 0x80, 0x01, 0x01])
        try readers.insert(VirtualCard(atr: atr, applets: []), in: "Virtual Reader 00")
        #expect(try await CardDevices(of: readers, isEmulated: true).devices().isEmpty)
        await #expect(throws: CardError(.unknownCard, "")) {
            try await CardDevice.opening(reader: "Virtual Reader 00", of: readers, isEmulated: true)
        }
    }

    @Test func `cards that come and go are told`() async throws {
        let bench = try await CardBench()
        var events = CardDevices(of: bench.readers, isEmulated: true).events().makeAsyncIterator()
        guard case .arrived(let device) = await events.next() else {
            Issue.record("the card that is there comes first")
            return
        }
        #expect(device.descriptor.id == bench.device.descriptor.id)
        bench.readers.pull(from: CardBench.reader)
        guard case .left(let id) = await events.next() else {
            Issue.record("it left")
            return
        }
        #expect(id == bench.device.descriptor.id)
        try bench.readers.insert(bench.card, in: CardBench.reader)
        guard case .arrived(let again) = await events.next() else {
            Issue.record("it came back")
            return
        }
        #expect(again.descriptor.id == id)
    }

    @Test func `a card that another program holds arrives when it is let go, and keeps nobody waiting`() async throws {
        let bench = try await CardBench()
        let clock = VirtualClock()
        let session = try bench.readers.open(CardBench.reader)
        var events = CardDevices(of: bench.readers, isEmulated: true, clock: clock).events().makeAsyncIterator()
        // Another reader's card comes meanwhile.
        let other = try VirtualCard.piv(holder: "Another Holder", keys: .p256, authority: TestAuthority(now: Date()), now: Date())
        try bench.readers.attach("Virtual Reader 01")
        try bench.readers.insert(other, in: "Virtual Reader 01")
        let otherID = CardBench.id(of: await events.next())
        #expect(otherID != nil && otherID != bench.device.descriptor.id)
        try #require(await eventually { clock.sleeps.count >= 8 })
        await session.end(.leave)
        #expect(CardBench.id(of: await events.next()) == bench.device.descriptor.id)
        let pauses: [Duration] = [.milliseconds(250), .milliseconds(500), .seconds(1), .seconds(2), .seconds(4), .seconds(8), .seconds(8)]
        #expect(Array(clock.sleeps.prefix(7)) == pauses)
    }

    @Test func `a held card that goes before it was let go has neither arrived nor left`() async throws {
        let bench = try await CardBench()
        let clock = VirtualClock()
        let session = try bench.readers.open(CardBench.reader)
        var events = CardDevices(of: bench.readers, isEmulated: true, clock: clock).events().makeAsyncIterator()
        try #require(await eventually { !clock.sleeps.isEmpty })
        bench.readers.pull(from: CardBench.reader)
        await session.end(.leave)
        try bench.readers.attach("Virtual Reader 01")
        try bench.readers.insert(bench.card, in: "Virtual Reader 01")
        #expect(CardBench.id(of: await events.next()) == bench.device.descriptor.id)
        bench.readers.pull(from: "Virtual Reader 01")
        guard case .left = await events.next() else {
            Issue.record("one arrival, one leaving")
            return
        }
    }

    @Test func `a card that Tessera does not know is asked once`() async throws {
        let readers = VirtualReaders()
        try readers.attach("Virtual Reader 00")
        try readers.insert(VirtualCard(atr: ATR(parsing: [0x3B, 0x80, 0x80, 0x01, 0x01]), applets: []), in: "Virtual Reader 00")
        let clock = VirtualClock()
        var events = CardDevices(of: readers, isEmulated: true, clock: clock).events().makeAsyncIterator()
        let known = try VirtualCard.piv(holder: "A Holder", keys: .p256, authority: TestAuthority(now: Date()), now: Date())
        try readers.attach("Virtual Reader 01")
        try readers.insert(known, in: "Virtual Reader 01")
        #expect(CardBench.id(of: await events.next()) != nil)
        #expect(clock.sleeps.isEmpty)
    }

    @Test func `a held card is the reason when it is the only one, and hides no other`() async throws {
        let bench = try await CardBench()
        let devices = CardDevices(of: bench.readers, isEmulated: true)
        let session = try bench.readers.open(CardBench.reader)
        await #expect(throws: DeviceError(.heldByAnotherProgram, "")) { try await devices.devices() }
        let other = try VirtualCard.piv(holder: "Another Holder", keys: .p256, authority: TestAuthority(now: Date()), now: Date())
        try bench.readers.attach("Virtual Reader 01")
        try bench.readers.insert(other, in: "Virtual Reader 01")
        #expect(try await devices.devices().count == 1)
        await session.end(.leave)
        #expect(try await devices.devices().count == 2)
    }

    @Test func `several sources are one`() async throws {
        let bench = try await CardBench()
        let token = try token()
        let set = DeviceSet([token], sources: [CardDevices(of: bench.readers, isEmulated: true)])
        #expect(try await set.devices().map(\.descriptor.kind) == [.token, .smartcard])
        var arrived: Set<DeviceID> = []
        for await event in set.events() {
            if case .arrived(let device) = event { arrived.insert(device.descriptor.id) }
            if arrived.count == 2 { break }
        }
        #expect(arrived == [token.descriptor.id, bench.device.descriptor.id])
    }

    @Test func `a set of devices that are always there ends by itself`() async throws {
        var count = 0
        for await _ in DeviceSet([try token()]).events() { count += 1 }
        #expect(count == 1)
    }

    @Test func `a source that fails says why`() async {
        let devices = CardDevices(of: NoService(), isEmulated: false)
        await #expect(throws: DeviceError(.serviceAbsent, "")) { try await devices.devices() }
    }

    private func token() throws -> EmulatedToken {
        var random = SystemRandomNumberGenerator()
        return try EmulatedToken.manufacture(serial: DeviceID("TOKEN-1"), now: { Date() }, using: &random).device
    }
}

/// A machine without pcscd.
private struct NoService: CardSource {
    func slots() async throws(CardError) -> [CardSlot] { throw CardError(.serviceAbsent, "pcscd") }
    func changes() -> AsyncStream<[CardSlot]> { AsyncStream { $0.finish() } }
    func open(_ reader: String) async throws(CardError) -> any CardSession { throw CardError(.serviceAbsent, "pcscd") }
}
