import DeviceProtocol
import Devices
import Emulation
import ISO7816
import Testing

/// What a person is told when something goes wrong in the midst of a payment.
@Suite struct FaultTellingTests {
    /// VERIFY: the first one only asks how the PIN stands.
    @Test(
        arguments: [
            ("other program resets before VERIFY 1", .heldByAnotherProgram, "another program holds the card", false),
            ("other program resets before VERIFY 2", .heldByAnotherProgram, "another program holds the card", true),
            ("other program resets before GENERAL AUTHENTICATE 1", .indeterminate, "nobody can tell", false),
            ("power loss before VERIFY 1", .cardMute, "the card in", false),
            ("power loss after VERIFY 2", .cardMute, "the card in", true),
            ("power loss after write 1", .cardMute, "the card in", true), ("stuck before VERIFY 2", .stuck, "does not answer", true),
            ("power loss before GENERAL AUTHENTICATE 1", .indeterminate, "nobody can tell", false),
            ("empty answer after VERIFY 2", .malformedAnswer, "no standard allows", true),
            // Two bytes that are no status word are no refusal.
            ("status 8A42 after VERIFY 2", .malformedAnswer, "no standard allows", true),
            ("status 0000 after GENERAL AUTHENTICATE 1", .indeterminate, "nobody can tell", false),
            ("truncated answer after GENERAL AUTHENTICATE 1", .indeterminate, "nobody can tell", false),
            ("status 6F00 before GENERAL AUTHENTICATE 1", .notSupported, "cannot do that", false),
        ] as [(String, DeviceError.Code, String, Bool)])
    func `the failure says what it was, and whether a try may be lost`(
        line: String, code: DeviceError.Code, sentence: String, losesPIN: Bool
    ) async throws {
        let readers = VirtualReaders(clock: VirtualClock())
        try readers.attach(CardBench.reader)
        let card = try CardBench.card(tries: 5)
        try readers.insert(card, in: CardBench.reader, faults: try #require(FaultPlan(line)))
        let device = try await CardDevice.opening(reader: CardBench.reader, of: readers, isEmulated: true)
        let presentation = Presentation.plain(try CardBench.challenge(.payment))
        let error = await #expect(throws: DeviceError.self) {
            try await device.respond(to: presentation, with: ScriptedHolder(pins: ["123456"]))
        }
        #expect(error?.code == code)
        #expect(error?.description.contains(sentence) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains("try may have been spent") == losesPIN, "\(error?.description ?? "")")
        // Repeated as the hint says, it works.
        readers.pull(from: CardBench.reader)
        try readers.insert(card, in: CardBench.reader)
        _ = try await device.respond(to: presentation, with: ScriptedHolder(pins: ["123456"]))
    }
}
