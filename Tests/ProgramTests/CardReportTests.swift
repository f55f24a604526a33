import CardApplications
import CardProfiles
import Emulation
import ISO7816
import TestSupport
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
            (.notUsable, "not usable: never set, or made invalid", nil),
        ] as [(PINState, String, Int?)])
    func `the state of a PIN is a few words and a number where there is one`(state: PINState, words: String, tries: Int?) {
        #expect(state.telling == words)
        #expect(state.triesLeft == tries)
    }

    /// A PIV card with an authentication key, whose conversation goes on with `lines` before its PINs are asked for.
    private func channel(_ lines: [ScriptedChannel.Line]) throws -> ScriptedChannel {
        let certificate = try #require(try Fixture.json("certificates/keys.json", as: [String: HexBytes].self)["p256"]?.bytes)
        let object = TLV(0x53, containing: [TLV(0x70, certificate), TLV(0x71, [0x00]), TLV(0xFE, [])]).encoded + [0x90, 0x00]
        let opening: [ScriptedChannel.Line] = [
            .init("00A4040009A0000003080000100000", "61084F060000100001009000"), .init("00CB3FFF055C035FC10500", object.hexadecimal),
            .init("00CB3FFF055C035FC10A00", "6A82"), .init("00CB3FFF055C035FC10B00", "6A82"), .init("00CB3FFF055C035FC10100", "6A82"),
            .init("00CB3FFF035C017E00", "6A82"),
        ]
        return try ScriptedChannel(opening + lines + [.init("00200080", "63C3"), .init("00200081", "6A88")])
    }

    @Test(arguments: ["6982", "9000"])
    func `a number that the card does not hand out hides nothing else`(_ answer: String) async throws {
        let channel = try channel([.init("00CB3FFF055C035FC10200", answer)])
        let report = try await CardReport(try await CardApplications.open(on: channel), reader: "reader")
        #expect(report.keys.count == 1 && report.keys.first?.triesLeft == 3)
        #expect(report.serialNumber == nil)
        #expect(report.problems.count == 1 && report.unusable.contains { $0.contains("CHUID") })
        #expect(report.retired == nil && report.retiredElsewhere == nil)
        #expect(channel.failures == [])
    }

    @Test func `retired keys are read when somebody asks, and those elsewhere are counted`() async throws {
        let place = "http://example.com/0102"
        let history = TLV(0x53, containing: [TLV(0xC1, [0]), TLV(0xC2, [2]), TLV(0xF3, Array(place.utf8)), TLV(0xFE, [])]).encoded
        let channel = try channel([
            .init("00CB3FFF055C035FC10200", "6A82"), .init("00CB3FFF055C035FC10C00", history.hexadecimal + "9000"),
        ])
        let report = try await CardReport(try await CardApplications.open(on: channel), reader: "reader", withRetired: true)
        #expect(report.retired?.isEmpty == true && report.problems.isEmpty)
        #expect(report.retiredElsewhere?.count == 2)
        #expect(report.text.contains("2 retired keys with their certificates elsewhere: \(place)"))
        #expect(channel.failures == [])
    }
}
