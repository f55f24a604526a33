import ISO7816
import Testing

struct CardErrorTests {
    static let codes: [CardError.Code] = [
        .readerMissing, .cardMissing, .removed, .reset, .heldByAnotherProgram, .readerStuck, .readerUnavailable, .accessDenied,
        .serviceAbsent, .unresponsive, .malformedAnswer, .refused(.fileNotFound), .refused(.authenticationBlocked),
        .refused(.securityStatusNotSatisfied), .notSupported, .unknownCard, .unsuitablePIN,
        .pinEntryTimedOut, .pinEntryCancelled, .newPINsDiffer, .cancelled,
    ]

    @Test(arguments: codes)
    func `each kind of failure names its subject and says what to do next`(_ code: CardError.Code) {
        let error = CardError(code, "the thing")
        #expect(error.description.contains("the thing"))
        #expect(!error.description.contains("("))
        #expect(CardError(code, "the thing", detail: "0x80100017").description == error.description + " (0x80100017)")
        #expect(error.hint.count > 10)
        // A hint is the second half of "tessera: hint: …": no capital, no full stop.
        #expect(error.hint.first?.isLowercase == true && !error.hint.hasSuffix("."))
        #expect(error.description.first?.isLowercase == true && !error.description.hasSuffix("."))
    }

    @Test func `no two kinds of failure read the same`() {
        #expect(Set(Self.codes.map { CardError($0, "x").description }).count == Self.codes.count)
    }

    @Test func `errors compare by code alone`() {
        #expect(CardError(.removed, "a") == CardError(.removed, "b", detail: "c"))
        #expect(CardError(.removed, "a") != CardError(.reset, "a"))
        #expect(CardError(.refused(.wrongData), "a") != CardError(.refused(.wrongLength), "a"))
    }

    @Test func `a refusal shows the status word with its meaning`() {
        let error = CardError(.refused(.securityStatusNotSatisfied), "a signature")
        #expect(error.description == "the card refused a signature: 6982, security status not satisfied")
        #expect(error.hint.contains("PIN"))
        #expect(CardError(.refused(.authenticationBlocked), "").hint.contains("PUK"))
    }

    @Test func `a step that only prepares fails the same way, and says that it was one`() {
        let error = CardError(.removed, "MANAGE SECURITY ENVIRONMENT", detail: "pulled")
        #expect(!error.isBeforehand && error.beforehand.isBeforehand)
        #expect(error.beforehand == error && error.beforehand.description == error.description)
    }

    @Test func `a lost card warns that a try may have been spent`() {
        #expect(CardError(.removed, "VERIFY").hint.contains("try may have been spent"))
        #expect(CardError(.unsuitablePIN, "PIN").hint.contains("no try was spent"))
    }
}
