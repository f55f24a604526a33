import CardApplications
import CardProfiles
import Testing

@testable import tessera

/// How surely something is known is told with it.
@Suite struct CardReportTests {
    private func profile(_ identifier: Confidence, pin: Confidence? = nil, tries: Confidence? = nil) -> CardProfile {
        CardProfile(
            family: "A family", applicationID: Fact([0xA0, 0x00, 0x00, 0x00, 0x18], identifier, source: "a test"),
            pin: pin.map { Fact(.piv, $0, source: "a test") }, tries: tries.map { Fact(5, $0, source: "a test") })
    }

    @Test func `facts that are inferred are named, and the least certain one decides`() {
        #expect(profile(.stated).confidence == .stated)
        #expect(profile(.stated, pin: .published).confidence == .published)
        #expect(profile(.published, pin: .inferred, tries: .stated).confidence == .inferred)
        #expect(profile(.stated, pin: .published).inferredFacts.isEmpty)
        #expect(profile(.inferred, pin: .stated, tries: .inferred).inferredFacts == ["application identifier", "tries"])
    }

    @Test func `what is inferred of a LuxTrust card is named, its files and the question for its tries as well`() {
        let inferred = CardProfile.iasClassic.inferredFacts
        #expect(inferred == ["application identifier", "PIN", "question for the tries left", "signing", "files"])
        #expect(CardProfile.piv.inferredFacts.isEmpty)
    }

    @Test(
        arguments: [
            (.notNeeded, "not needed", nil), (.verified, "verified", nil), (.triesLeft(1), "1 try left", 1),
            (.triesLeft(15), "15 tries left", 15), (.blocked, "blocked", 0), (.unknown, "the card does not tell", nil),
        ] as [(PINState, String, Int?)])
    func `the state of a PIN is a few words and a number where there is one`(state: PINState, words: String, tries: Int?) {
        #expect(state.telling == words)
        #expect(state.triesLeft == tries)
    }
}
