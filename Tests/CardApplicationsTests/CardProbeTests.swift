import CardApplications
import CardProfiles
import Emulation
import ISO7816
import TestSupport
import Testing

struct CardProbeTests {
    @Test func `a card that knows nothing is asked each question once`() async throws {
        let card = try ScriptedChannel([.init(answer: [0x6A, 0x82])], repeatsLast: true)
        let probe = await CardProbe.run(on: card)
        #expect(probe.confirmed.isEmpty)
        #expect(probe.steps.count == card.commands.count)
        #expect(Set(card.commands.filter { $0.prefix(3) == [0x00, 0xA4, 0x04] }).count == card.commands.filter { $0[2] == 0x04 }.count)
        #expect(probe.steps.allSatisfy { $0.status == .fileNotFound && $0.failure == nil })
    }

    @Test(arguments: [("pivapplet", "list-pkcs11-opensc27"), ("oseid", "raw-sign-rsa01"), ("isoapplet-v0", "list-pkcs11-opensc23")])
    func `a card that is known is named, and spends no try`(name: String, scenario: String) async throws {
        let card = try ReplayedCard(name, scenarios: ["raw-wrong-then-right-pin", "raw-unknown-aid", scenario])
        let probe = await CardProbe.run(on: card)
        #expect(!probe.confirmed.isEmpty)
        // VERIFY and its relatives without data ask; with data they would try.
        #expect(card.commands.filter { $0.count > 5 && [0x20, 0x21, 0x24, 0x2C].contains($0[1]) }.isEmpty)
    }

    @Test func `a card that says yes to everything is asked no more than one that says no`() async throws {
        let no = try ScriptedChannel([.init(answer: [0x6A, 0x82])], repeatsLast: true)
        let yes = try ScriptedChannel([.init(answer: [0x90, 0x00])], repeatsLast: true)
        _ = await CardProbe.run(on: no)
        let probe = await CardProbe.run(on: yes)
        let pins = CardProfile.probes(for: yes.atr).compactMap(\.pin).count
        // And the content of EF.ATR/INFO and EF.DIR.
        #expect(yes.commands.count == no.commands.count + pins + 2)
        #expect(probe.confirmed.count == CardProfile.probes(for: yes.atr).count + ForeignApplication.all.count)
    }

    @Test func `a card that is pulled ends the probe with the reason`() async throws {
        let card = try ScriptedChannel([.init(answer: [0x6A, 0x82]), .init(failing: CardError(.removed, "reader"))])
        let probe = await CardProbe.run(on: card)
        #expect(probe.steps.count == 2)
        #expect(probe.steps.last?.failure == CardError(.removed, ""))
    }

    @Test func `no answer of a card is too short to be noted`() async throws {
        let card = try ScriptedChannel([.init(answer: [0x90])], repeatsLast: true)
        let probe = await CardProbe.run(on: card)
        #expect(probe.steps.map(\.failure) == [CardError(.malformedAnswer, "")])
    }
}
