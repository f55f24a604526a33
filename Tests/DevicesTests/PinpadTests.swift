import CardApplications
import DeviceProtocol
import Devices
import Emulation
import ISO7816
import Testing

/// A card in a reader with keys: the PIN is entered there, and nobody asks for it here.
struct PinpadTests {
    private struct Run {
        let result: Result<Response, DeviceError>
        let holder: ScriptedHolder
        let readers: PinpadReaders
        let bench: CardBench

        var error: DeviceError? { if case .failure(let error) = result { error } else { nil } }

        /// The requests that were shown, and nothing else.
        var shown: [PINRequest] {
            holder.events.compactMap { if case .shown(.enterPINOnPinpad(let request)) = $0 { request } else { nil } }
        }
    }

    private func run(
        _ presses: [PinpadReaders.Press], tries: UInt8 = 3, holder: ScriptedHolder = ScriptedHolder(pins: ["123456"]),
        usesPinpad: Bool = true
    ) async throws -> Run {
        let bench = try await CardBench(tries: tries)
        let readers = PinpadReaders(around: bench.readers, presses: presses)
        let device = try await CardDevice.opening(reader: CardBench.reader, of: readers, isEmulated: true, usesPinpad: usesPinpad)
        // To know what the card is, nobody needs its reader's keys.
        #expect(readers.inquiries == 0)
        let presentation = Presentation.plain(try CardBench.challenge(.payment))
        let result: Result<Response, DeviceError>
        do throws(DeviceError) { result = .success(try await device.respond(to: presentation, with: holder)) } catch {
            result = .failure(error)
        }
        return Run(result: result, holder: holder, readers: readers, bench: bench)
    }

    @Test func `the PIN is entered at the reader, with the operation on the screen`() async throws {
        let run = try await run([.digits("123456")])
        let challenge = try CardBench.challenge(.payment)
        #expect(try run.result.get().isSignature(over: challenge.coveredBytes(as: .card, by: run.bench.device.descriptor.id)))
        #expect(run.holder.events.count == 1)
        let request = try #require(run.shown.first)
        #expect(request.summary == challenge.summary)
        #expect(request.device == CardBench.reader)
        #expect(request.triesLeft == 3 && !request.previousWasWrong)
        #expect(run.readers.blocks == [[PINBlock(header: [0x00, 0x20, 0x00, 0x80], lengths: 6...8, padding: 0xFF, paddedLength: 8)]])
        #expect(run.readers.inquiries == 1)
    }

    @Test func `after a wrong PIN the reader asks again, and the screen says so`() async throws {
        let run = try await run([.digits("000000"), .digits("123456")], tries: 5)
        _ = try run.result.get()
        #expect(run.shown.map(\.previousWasWrong) == [false, true])
        #expect(run.shown.map(\.triesLeft) == [5, 4])
        #expect(run.holder.pinRequests.isEmpty)
    }

    @Test(
        arguments: [
            (.pinEntryTimedOut, .timedOut), (.pinEntryCancelled, .cancelled), (.unsuitablePIN, .unsuitablePIN),
            (.notSupported, .notSupported),
        ] as [(CardError.Code, DeviceError.Code)])
    func `an entry that came to nothing costs no try, and is no wrong PIN`(_ reason: CardError.Code, _ code: DeviceError.Code) async throws
    {
        let run = try await run([.failing(reason)])
        #expect(run.error?.code == code)
        let sentence = try #require(run.error).description
        #expect(!sentence.contains("wrong PIN") && !sentence.contains("try may have been spent"))
        #expect(run.readers.blocks.count == 1)
        #expect(try await run.bench.pinState() == .triesLeft(3))
    }

    @Test(arguments: [CardError.Code.removed, .readerStuck, .cancelled, .reset])
    func `an entry whose end nobody saw may have cost a try, and is not repeated`(_ reason: CardError.Code) async throws {
        let run = try await run([.failing(reason), .digits("123456")])
        #expect(run.error?.description.contains("a PIN try may have been spent") == true)
        #expect(run.readers.blocks.count == 1)
    }

    @Test func `the last try is asked for here, before the reader asks for the PIN`() async throws {
        let refused = try await run([.digits("000000"), .digits("000000"), .digits("123456")])
        #expect(refused.error?.code == .lastTry)
        #expect(refused.readers.blocks.count == 2)
        #expect(try await refused.bench.pinState() == .triesLeft(1))
        let permitted = try await run(
            [.digits("000000"), .digits("000000"), .digits("123456")], holder: ScriptedHolder(spendsLastTry: true))
        _ = try permitted.result.get()
        guard case .askedLastTry(let request)? = permitted.holder.events.dropLast().last else {
            Issue.record("nobody asked about the last try")
            return
        }
        #expect(request.triesLeft == 1)
    }

    @Test func `the last wrong PIN blocks, and the reader asks no more`() async throws {
        let run = try await run(
            [.digits("000000"), .digits("000000"), .digits("123456")], tries: 2, holder: ScriptedHolder(spendsLastTry: true))
        #expect(run.error?.code == .blocked)
        #expect(run.readers.blocks.count == 2)
    }

    @Test func `who prefers the keyboard is asked there, and the reader is left alone`() async throws {
        let run = try await run([.digits("000000")], usesPinpad: false)
        _ = try run.result.get()
        #expect(run.holder.pinRequests.count == 1)
        #expect(run.shown.isEmpty && run.readers.blocks.isEmpty && run.readers.inquiries == 0)
    }

    @Test func `devices hand on who prefers the keyboard`() async throws {
        let bench = try await CardBench()
        for usesPinpads in [true, false] {
            let readers = PinpadReaders(around: bench.readers, presses: [.digits("123456")])
            let device = try #require(try await CardDevices(of: readers, isEmulated: true, usesPinpads: usesPinpads).devices().first)
            let holder = ScriptedHolder(pins: ["123456"])
            _ = try await device.respond(to: .plain(try CardBench.challenge(.login)), with: holder)
            #expect(holder.pinRequests.isEmpty == usesPinpads)
        }
    }
}
