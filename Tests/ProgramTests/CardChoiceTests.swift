import ISO7816
import Testing

@testable import tessera

/// Which reader is meant.
@Suite struct CardChoiceTests {
    private func choose(_ wanted: String?, _ slots: [(String, CardSlot.Content)]) -> Result<String, Failure> {
        do { return .success(try CardOptions.choose(wanted, among: slots.map { CardSlot(reader: $0.0, content: $0.1) })) } catch {
            return .failure(Failure(error))
        }
    }

    private func error(_ result: Result<String, Failure>) -> Failure? { if case .failure(let failure) = result { failure } else { nil } }

    @Test func `the only reader with a card is meant when nobody names one`() {
        #expect(choose(nil, [("A", .empty), ("B", .mute), ("C", .empty)]) == .success("B"))
    }

    @Test func `a whole name wins over the start of another one`() {
        let slots: [(String, CardSlot.Content)] = [("Reader 00 00", .empty), ("Reader 00", .mute)]
        #expect(choose("Reader 00", slots) == .success("Reader 00"))
        #expect(choose("Reader 00 ", slots) == .success("Reader 00 00"))
    }

    @Test func `the start of several names chooses none of them`() {
        let failure = error(choose("R", [("R1", .empty), ("R2", .mute)]))
        #expect(failure == Failure("2 readers begin so: \"R1\", \"R2\"", hint: "choose one with --reader", exit: .usage))
    }

    @Test func `two cards are one too many to guess`() {
        let failure = error(choose(nil, [("R1", .mute), ("R2", .mute)]))
        #expect(failure == Failure("2 readers hold a card: \"R1\", \"R2\"", hint: "choose one with --reader", exit: .usage))
    }

    @Test func `what is missing is told: the reader, its name, or the card`() {
        #expect(error(choose(nil, []))?.message == "no reader is attached")
        #expect(error(choose("X", []))?.message == "no reader is attached")
        #expect(error(choose("X", [("A", .mute)]))?.message == "no reader \"X\"")
        #expect(error(choose(nil, [("A", .empty)]))?.message == "no card in \"A\"")
        #expect(error(choose(nil, [("A", .empty), ("B", .empty)]))?.message == "none of the 2 readers holds a card")
        for result in [
            choose(nil, []), choose("X", [("A", .mute)]), choose(nil, [("A", .empty)]), choose(nil, [("A", .empty), ("B", .empty)]),
        ] {
            #expect(error(result)?.exit == .environment)
        }
    }

    @Test func `an empty reader that was named is left to say so itself`() {
        #expect(choose("A", [("A", .empty)]) == .success("A"))
    }
}
