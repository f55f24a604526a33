import CardApplications
import DeviceProtocol
import Devices
import Emulation
import Foundation
import ISO7816
import Testing

/// PINs that a card does not look at, or would not: that is told, nobody is asked in vain, and none of it is a wrong PIN.
@Suite struct RefusedPINTests {
    private func failure(of body: () async throws(DeviceError) -> Void) async -> DeviceError? {
        do throws(DeviceError) {
            try await body()
            return nil
        } catch { return error }
    }

    @Test func `a VERIFY that the card refused is no wrong PIN, and is asked for once`() async throws {
        let bench = try await CardBench()
        let source = CountingSource(bench.readers)
        source.forgeToSecrets([0x69, 0x82])
        let pins = CardPINs(reader: CardBench.reader, of: source)
        let holder = ScriptedHolder(pins: ["123456", "123456", "123456"])
        let error = await failure { () throws(DeviceError) in _ = try await pins.verify(.ofKeys, with: holder) }
        #expect(error?.code == .notSupported && error?.detail?.contains("6982") == true)
        #expect(holder.pinRequests.count == 1)
        #expect(source.takeConversation().secrets.count == 1)
    }

    @Test func `a PIN that was never set is asked of nobody`() async throws {
        let bench = try await CardBench()
        let source = CountingSource(bench.readers)
        source.forge(0x20, to: [0x69, 0x84])
        let pins = CardPINs(reader: CardBench.reader, of: source)
        let holder = ScriptedHolder(pins: ["123456", "654321", "654321"], spendsLastTry: true)
        let checked = await failure { () throws(DeviceError) in _ = try await pins.verify(.ofKeys, with: holder) }
        #expect(checked?.code == .notSupported && checked?.detail?.contains("never set") == true)
        let changed = await failure { () throws(DeviceError) in try await pins.change(.ofKeys, with: holder) }
        #expect(changed?.code == .notSupported && changed?.detail?.contains("never set") == true)
        #expect(holder.events.isEmpty)
        #expect(source.takeConversation().secrets.isEmpty)
    }

    @Test func `a PIN that the card lets nobody change is asked of nobody`() async throws {
        let readers = VirtualReaders()
        try readers.attach(CardBench.reader)
        let card = try VirtualCard.pkcs15(
            holder: "Test Holder", keys: .p256, pin: "123456", tries: 3, authority: TestAuthority(now: Date()), now: Date(),
            transmission: .t1)
        try readers.insert(card, in: CardBench.reader)
        let source = CountingSource(readers)
        // The flags of the PIN in AODF, and a text for its type: local, initialised, padded; and change-disabled.
        source.alter([0x03, 0x02, 0x02, 0x4C, 0x0A, 0x01, 0x01], to: [0x03, 0x02, 0x02, 0x6C, 0x0A, 0x01, 0x01])
        let pins = CardPINs(reader: CardBench.reader, of: source)
        let holder = ScriptedHolder(pins: ["123456", "654321", "654321"], spendsLastTry: true)
        let error = await failure { () throws(DeviceError) in try await pins.change(.ofKeys, with: holder) }
        #expect(error?.code == .notSupported && error?.detail?.contains("nobody change") == true)
        #expect(holder.events.isEmpty)
        #expect(source.takeConversation().secrets.isEmpty)
    }
}
