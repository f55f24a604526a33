import CardApplications
import DeviceProtocol
import Devices
import Emulation
import Foundation
import ISO7816
import Testing

/// PINs checked, changed and unblocked on a reader's own keys: they are entered there, and nobody asks for them here.
struct PinpadPINsTests {
    /// What the person wants to do.
    private enum Deed {
        /// Check the PUK, which guards no key.
        case checkPUK
        /// Change the PIN of the keys.
        case change
        /// Unblock the PIN of the keys.
        case unblock
    }

    /// What came of it.
    private struct Run {
        let error: DeviceError?
        let holder: ScriptedHolder
        let readers: PinpadReaders

        /// The requests that were shown, and nothing else.
        var shown: [PINRequest] {
            holder.events.compactMap { if case .shown(.enterPINOnPinpad(let request)) = $0 { request } else { nil } }
        }

        /// The questions whether the last try may be spent.
        var lastTries: [PINRequest] {
            holder.events.compactMap { if case .askedLastTry(let request) = $0 { request } else { nil } }
        }
    }

    private func run(
        _ deed: Deed, _ presses: [PinpadReaders.Press], in readers: VirtualReaders, holder: ScriptedHolder = ScriptedHolder(),
        usesPinpad: Bool = true
    ) async -> Run {
        let readers = PinpadReaders(around: readers, presses: presses)
        let pins = CardPINs(reader: CardBench.reader, of: readers, usesPinpad: usesPinpad)
        return Run(error: await failure(of: deed, with: pins, holder), holder: holder, readers: readers)
    }

    private func failure(of deed: Deed, with pins: CardPINs, _ holder: ScriptedHolder) async -> DeviceError? {
        do throws(DeviceError) {
            switch deed {
            case .checkPUK: _ = try await pins.verify(.unblocking, with: holder)
            case .change: try await pins.change(.ofKeys, with: holder)
            case .unblock: try await pins.unblock(.ofKeys, with: holder)
            }
            return nil
        } catch { return error }
    }

    /// Whether `pin` is the card's own.
    private func isRight(_ pin: String, on bench: CardBench) async throws -> Bool {
        try bench.insert()
        let pins = CardPINs(reader: CardBench.reader, of: bench.readers)
        do throws(DeviceError) {
            _ = try await pins.verify(.ofKeys, with: ScriptedHolder(pins: [pin], spendsLastTry: true))
            return true
        } catch { return false }
    }

    private func block(_ instruction: UInt8) -> PINBlock {
        PINBlock(header: [0x00, instruction, 0x00, 0x80], lengths: 6...8, padding: 0xFF, paddedLength: 8)
    }

    @Test func `a PIN is changed at the reader, and the new one works`() async throws {
        let bench = try await CardBench(tries: 3)
        let run = await run(.change, [.digits("123456", new: "65432100")], in: bench.readers)
        #expect(run.error == nil)
        #expect(run.readers.blocks == [[block(0x24), block(0x24)]])
        #expect(run.holder.events.count == 1 && run.holder.pinRequests.isEmpty)
        let request = try #require(run.shown.first)
        #expect(request.wanted == .new("PIN", form: "6 to 8 digits"))
        #expect(request.device == CardBench.reader && request.triesLeft == 3 && !request.previousWasWrong)
        #expect(request.summary.title == "Change of the PIN")
        #expect(try await isRight("65432100", on: bench))
        #expect(try await !isRight("123456", on: bench))
    }

    @Test func `a wrong present PIN costs one try, and the reader asks no more`() async throws {
        let bench = try await CardBench(tries: 3)
        let run = await run(
            .change, [.digits("000000", new: "65432100"), .digits("123456", new: "65432100")], in: bench.readers)
        #expect(run.error?.code == .wrongPIN && run.error?.triesLeft == 2)
        #expect(run.readers.blocks.count == 1 && run.shown.count == 1)
        #expect(try await bench.pinState() == .triesLeft(2))
    }

    @Test func `the last try is spent only with permission, and the reader is not asked without`() async throws {
        let bench = try await CardBench(tries: 1)
        let refused = await run(.change, [.digits("123456", new: "65432100")], in: bench.readers)
        #expect(refused.error?.code == .lastTry)
        #expect(refused.readers.blocks.isEmpty && refused.shown.isEmpty)
        #expect(refused.lastTries.map(\.triesLeft) == [1])
        let permitted = await run(
            .change, [.digits("123456", new: "65432100")], in: bench.readers, holder: ScriptedHolder(spendsLastTry: true))
        #expect(permitted.error == nil)
        #expect(permitted.readers.blocks.count == 1)
    }

    @Test func `a blocked PIN is unblocked at the reader, with a PUK whose tries nobody knows`() async throws {
        let bench = try await CardBench(tries: 1)
        #expect(try await !isRight("000000", on: bench))
        #expect(try await bench.pinState() == .blocked)
        try bench.insert()
        let refused = await run(.unblock, [.digits("12345678", new: "65432100")], in: bench.readers)
        #expect(refused.error?.code == .lastTry)
        #expect(refused.readers.blocks.isEmpty && refused.shown.isEmpty)
        #expect(refused.lastTries.map(\.triesLeft) == [nil])
        let run = await run(
            .unblock, [.digits("12345678", new: "65432100")], in: bench.readers, holder: ScriptedHolder(spendsLastTry: true))
        #expect(run.error == nil)
        #expect(run.readers.blocks == [[PINBlock(header: [0x00, 0x2C, 0x00, 0x80], lengths: 8...8), block(0x2C)]])
        #expect(run.shown.map(\.wanted) == [.new("PUK", form: "6 to 8 digits")])
        #expect(run.lastTries.count == 1 && run.holder.pinRequests.isEmpty)
        #expect(try await isRight("65432100", on: bench))
    }

    @Test func `a wrong PUK at the reader is told as one, with its own tries`() async throws {
        let bench = try await CardBench(tries: 3)
        let run = await run(
            .unblock, [.digits("00000000", new: "65432100")], in: bench.readers, holder: ScriptedHolder(spendsLastTry: true))
        #expect(run.error?.code == .wrongPUK && run.error?.triesLeft == 2)
        #expect(run.readers.blocks.count == 1)
        #expect(try await bench.pinState() == .triesLeft(3))
    }

    @Test func `a change whose end nobody saw may have happened, and is not repeated`() async throws {
        let bench = try await CardBench(tries: 3)
        for deed in [Deed.change, .unblock] {
            let run = await run(
                deed, [.failing(.removed), .digits("123456", new: "65432100")], in: bench.readers,
                holder: ScriptedHolder(spendsLastTry: true))
            #expect(run.error?.code == .removed)
            #expect(run.error?.description.contains("a PIN try may have been spent") == true)
            #expect(run.error?.description.contains("may or may not have changed") == true)
            #expect(run.readers.blocks.count == 1)
        }
    }

    @Test func `new PINs that differ cost no try, and change nothing`() async throws {
        let bench = try await CardBench(tries: 3)
        let run = await run(.change, [.failing(.newPINsDiffer)], in: bench.readers)
        #expect(run.error?.code == .unsuitablePIN)
        let sentence = try #require(run.error).description
        #expect(!sentence.contains("try may have been spent") && !sentence.contains("may or may not"))
        #expect(run.readers.blocks.count == 1)
        #expect(try await bench.pinState() == .triesLeft(3))
        #expect(try await isRight("123456", on: bench))
    }

    @Test func `a secret that guards no key is checked at the reader, too`() async throws {
        let card = try VirtualCard.isoPKCS15(
            holder: "Test Holder", keys: .p256, tries: 3, authority: TestAuthority(now: Date()), now: Date())
        let readers = VirtualReaders()
        try readers.attach(CardBench.reader)
        try readers.insert(card, in: CardBench.reader)
        let wrong = await run(.checkPUK, [.digits("00000000"), .digits("12345678")], in: readers)
        #expect(wrong.error?.code == .wrongPUK && wrong.error?.triesLeft == 2)
        #expect(wrong.readers.blocks.count == 1)
        let right = await run(.checkPUK, [.digits("12345678")], in: readers)
        #expect(right.error == nil)
        #expect(
            right.readers.blocks == [[PINBlock(header: [0x00, 0x20, 0x00, 0x82], lengths: 8...12, padding: 0x00, paddedLength: 12)]])
        #expect(right.shown.map(\.wanted) == [.present("PUK")])
        #expect(right.shown.map(\.triesLeft) == [2])
        #expect(right.holder.events.count == 1)
    }

    @Test func `who prefers the keyboard types it all there, and the reader is left alone`() async throws {
        let bench = try await CardBench(tries: 3)
        let run = await run(
            .change, [.digits("000000", new: "65432100")], in: bench.readers,
            holder: ScriptedHolder(pins: ["123456", "65432100", "65432100"]), usesPinpad: false)
        #expect(run.error == nil)
        #expect(run.holder.pinRequests.count == 3 && run.shown.isEmpty)
        #expect(run.readers.blocks.isEmpty && run.readers.inquiries == 0)
        #expect(try await isRight("65432100", on: bench))
    }
}
