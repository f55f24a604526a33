import ISO7816
import Testing

@testable import PCSC

/// A reader's keys, against a reader that checks every byte.
struct ReaderPinpadTests {
    private static let block = PINBlock(header: [0x00, 0x20, 0x00, 0x80], lengths: 6...8, padding: 0xFF, paddedLength: 8)
    private static let newBlock = PINBlock(header: [0x00, 0x24, 0x00, 0x80], lengths: 6...8, padding: 0xFF, paddedLength: 8)
    private static let verifying = "1E1E820800 0806 02 00 0904 00 000000 0D000000 0020008008 FFFFFFFFFFFFFFFF"
    private static let changing = "1E1E8208000008 0806 03 02 00 0904 000102 000000 15000000 0024008010 FFFFFFFFFFFFFFFF FFFFFFFFFFFFFFFF"

    private func pinpad(of features: String, at reader: ScriptedReader, patience: Duration = .seconds(30)) throws -> ReaderPinpad {
        let asked = ScriptedReader([.init(ScriptedReader.features, "", features)])
        return try #require(ReaderPinpad(port: reader, capabilities: ReaderCapabilities(asking: asked), patience: patience))
    }

    private func failure(_ body: () async throws -> some Sendable) async -> CardError? {
        do {
            _ = try await body()
            return nil
        } catch { return error as? CardError }
    }

    @Test(arguments: ["9000", "63C2", "63C0", "6983", "6984", "6300", "6A80", "6700"])
    func `what the card says of the PIN comes back as it is`(_ status: String) async throws {
        let reader = ScriptedReader([.init(6, Self.verifying, status)])
        let pinpad = try pinpad(of: "06 04 00000006", at: reader)
        #expect(try await pinpad.verify(Self.block).description == status)
        #expect(reader.failures.isEmpty)
    }

    @Test(
        arguments: [
            ("6400", .pinEntryTimedOut), ("6401", .pinEntryCancelled), ("6402", .newPINsDiffer), ("6403", .unsuitablePIN),
            ("6B80", .notSupported), ("", .malformedAnswer), ("90", .malformedAnswer), ("009000", .malformedAnswer),
        ] as [(String, CardError.Code)])
    func `what the reader says is never a wrong PIN`(_ answer: String, _ code: CardError.Code) async throws {
        let reader = ScriptedReader([.init(6, Self.verifying, answer), .init(7, Self.changing, answer)])
        let pinpad = try pinpad(of: "06 04 00000006 07 04 00000007", at: reader)
        for error in [
            await failure { try await pinpad.verify(Self.block) },
            await failure { try await pinpad.change(Self.newBlock, new: Self.newBlock) },
        ] {
            #expect(error?.code == code)
            #expect(error?.subject.contains("Scripted Pinpad") == true)
            #expect(!(error.map { "\($0)" } ?? "").contains("wrong PIN"))
        }
        #expect(reader.failures.isEmpty)
    }

    @Test(
        arguments: [
            (.removedCard, .removed), (.readerUnavailable, .removed), (.noSmartcard, .removed), (.resetCard, .reset),
            (.unsupportedFeature, .notSupported), (.notTransacted, .unresponsive), (.noService, .serviceAbsent),
        ] as [(PCSCCode, CardError.Code)])
    func `a call that fails says why, and is not repeated`(_ failing: PCSCCode, _ code: CardError.Code) async throws {
        let reader = ScriptedReader([.init(6, Self.verifying, failing: failing)])
        let pinpad = try pinpad(of: "06 04 00000006", at: reader)
        #expect(await failure { try await pinpad.verify(Self.block) }?.code == code)
        #expect(reader.failures.isEmpty)
    }

    @Test func `a reader that does it in two calls is asked in two`() async throws {
        let features = "01 04 00000001 02 04 00000002 03 04 00000003 04 04 00000004"
        for begun in ["", "9000"] {
            let reader = ScriptedReader([
                .init(1, Self.verifying, begun), .init(2, "", "63C1"), .init(3, Self.changing, begun), .init(4, "", "9000"),
            ])
            let pinpad = try pinpad(of: features, at: reader)
            #expect(try await pinpad.verify(Self.block).triesLeft == 1)
            #expect(try await pinpad.change(Self.newBlock, new: Self.newBlock) == .success)
            #expect(reader.failures.isEmpty)
        }
    }

    @Test func `what is refused at the first of two calls is not finished`() async throws {
        let reader = ScriptedReader([.init(1, Self.verifying, "6B80")])
        let pinpad = try pinpad(of: "01 04 00000001 02 04 00000002", at: reader)
        #expect(await failure { try await pinpad.verify(Self.block) }?.code == .notSupported)
        #expect(reader.failures.isEmpty)
    }

    @Test(arguments: ["", "01 04 00000001", "02 04 00000002", "07 04 00000007", "12 04 00000012", "0A 04 0000000A"])
    func `a reader that cannot verify a PIN has no pinpad`(_ features: String) {
        let asked = ScriptedReader([.init(ScriptedReader.features, "", features), .init(0x12, "", ""), .init(0x0A, "", "")])
        #expect(ReaderPinpad(port: asked, capabilities: ReaderCapabilities(asking: asked), patience: .seconds(30)) == nil)
    }

    @Test func `a reader that only verifies changes nothing`() async throws {
        let reader = ScriptedReader()
        let pinpad = try pinpad(of: "06 04 00000006", at: reader)
        #expect(await failure { try await pinpad.change(Self.newBlock, new: Self.newBlock) }?.code == .notSupported)
        #expect(reader.limits.isEmpty)
    }

    @Test(arguments: [(0, 1), (1, 1), (20, 20), (255, 255), (9999, 255)])
    func `the reader's own timeout ends first, then the driver's, then ours`(_ patience: Int, _ seconds: Int) async throws {
        let time = [UInt8(seconds)].hexadecimal
        let reader = ScriptedReader([
            .init(6, time + time + Self.verifying.dropFirst(4), "6400"), .init(7, time + time + Self.changing.dropFirst(4), "6400"),
        ])
        let pinpad = try pinpad(of: "06 04 00000006 07 04 00000007", at: reader, patience: .seconds(patience))
        _ = await failure { try await pinpad.verify(Self.block) }
        _ = await failure { try await pinpad.change(Self.newBlock, new: Self.newBlock) }
        #expect(reader.failures.isEmpty)
        #expect(reader.limits == [.seconds(2 * seconds) + ReaderPinpad.margin, .seconds(6 * seconds) + ReaderPinpad.margin])
        #expect(PCSCDeadlines().pinEntry * 2 + ReaderPinpad.margin > .seconds(90))
    }
}
