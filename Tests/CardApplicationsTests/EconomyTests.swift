import CardApplications
import CardProfiles
import Emulation
import ISO7816
import TestSupport
import Testing

/// How many commands one signature takes, from the first SELECT on: cold, with the certificate read, and warm.
struct EconomyTests {
    /// Opens, asks for the tries, verifies and signs; then the same on a channel to the card that is known already.
    private func count(
        _ card: some CardChannel, _ commands: () -> Int, pin text: String, for role: CardKey.Role
    ) async throws -> (cold: Int, warm: Int) {
        let application = try await CardApplications.open(on: card, for: [role])
        let key = try #require(application.keys.first { $0.role == role })
        _ = try await application.pinState(for: key)
        #expect(try await application.verify(try pin(text), for: key) == .accepted)
        _ = try await application.sign(digest: recordedDigest, with: key)
        let cold = commands()
        let again = try await application.resumed(on: card)
        _ = try await again.pinState(for: key)
        #expect(try await again.verify(try pin(text), for: key) == .accepted)
        _ = try await again.sign(digest: recordedDigest, with: key)
        return (cold, commands() - cold)
    }

    @Test(arguments: [(CardKey.Role.signature, 11), (.authentication, 12)])
    func `OsEID signs with few commands`(_ role: CardKey.Role, _ cold: Int) async throws {
        let card = try ReplayedCard("oseid", scenarios: ["raw-sign-rsa01", "raw-sign-ec03", "raw-wrong-then-right-pin", "raw-unknown-aid"])
        let counts = try await count(card, { card.commands.count }, pin: "11111111", for: role)
        // PrKDF and CDF two each, SELECT of the certificate and one read for each 256 bytes, tries, VERIFY, MSE, PSO.
        #expect(counts.cold == cold && counts.warm == 5)
    }

    @Test func `IsoApplet signs with few commands`() async throws {
        let card = try ReplayedCard(
            "isoapplet-v0", scenarios: ["raw-sign-rsa01", "raw-sign-ec03", "raw-wrong-then-right-pin", "raw-unknown-aid"])
        let counts = try await count(card, { card.commands.filter { $0 != Self.selectPIV }.count }, pin: "123456", for: .authentication)
        // As OsEID, and a SELECT of the applet; the SELECTs of other applications with the simulator's ATR are not its fault.
        #expect(counts.cold == 13 && counts.warm == 5)
    }

    private static let selectPIV = [UInt8](hexadecimal: "00A4040009A0000003080000100000") ?? []

    @Test(arguments: [(CardProfile.iasClassic, false, 13), (.classicV3, false, 13), (.iasClassic, true, 10)])
    func `IAS Classic signs with few commands`(_ profile: CardProfile, _ readsLong: Bool, _ cold: Int) async throws {
        let certificates = try Fixture.json("certificates/issuers.json", as: [String: HexBytes].self)
        var manner = IASClassicCard.Manner()
        manner.readsLong = readsLong
        // Historical bytes with card capabilities: extended length.
        let long: [UInt8] = [0x3B, 0x85, 0x01, 0x80, 0x73, 0x00, 0x00, 0x40] + [0x3B ^ 0x3B ^ 0x85 ^ 0x01 ^ 0x80 ^ 0x73 ^ 0x40]
        let atr = readsLong ? long : profile.candidates.last?.pattern.value.bytes ?? []
        let names = ["luxtrust-authentication", "luxtrust-signature"]
        let card = try IASClassicCard(profile, atr: atr, certificates: names.compactMap { certificates[$0]?.bytes }, manner)
        let selects = { (command: [UInt8]) in
            command.prefix(3) == [0x00, 0xA4, 0x04] && !command.dropFirst(5).starts(with: profile.applicationID.value)
        }
        // Name, two for the AODF, certificate with one read for each 256 bytes of 878, tries, VERIFY, MSE, and PSO twice.
        let counts = try await count(card, { card.commands.filter { !selects($0) }.count }, pin: "135790", for: .signature)
        #expect(counts.cold == cold && counts.warm == 6)
    }

    @Test func `over T=0 the answer to the SELECT of a card that its ATR suggests is not fetched`() async throws {
        let certificates = try Fixture.json("certificates/issuers.json", as: [String: HexBytes].self)
        var manner = IASClassicCard.Manner()
        manner.isT0 = true
        let profile = CardProfile.iasClassic
        let atr = try #require(profile.candidates.last?.pattern.value.bytes)
        let card = try IASClassicCard(
            profile, atr: atr, certificates: ["luxtrust-signature"].compactMap { certificates[$0]?.bytes }, manner)
        #expect(card.atr.protocols == [0])
        #expect(try await CardApplications.open(on: card, for: [.authentication, .signature]).keys.count == 1)
        let position = try #require(card.commands.firstIndex { $0.dropFirst(5).starts(with: profile.applicationID.value) })
        #expect(card.commands[position + 1].prefix(3) == [0x00, 0xA4, 0x08])
    }

    @Test func `with fewer roles only the certificate that is wanted is read`() async throws {
        let card = try ReplayedCard("oseid", scenarios: ["raw-sign-rsa01"])
        let application = try await CardApplications.open(on: card, for: [.signature])
        #expect(application.keys.map(\.label) == ["Sign cert"])
        let selected = card.commands.filter { $0[1] == 0xA4 && $0[2] == 0x08 }.map { Array($0.dropFirst(5).prefix(4)).hexadecimal }
        #expect(selected == ["50154402", "50154403", "50154302"])
    }

    @Test func `a card that only answers power-on like OsEID costs one command more`() async throws {
        let atr = try #require([UInt8](hexadecimal: "3B F5 18 00 02 80 01 4F 73 45 49 44 1A"))
        let channel = try ScriptedChannel(atr: atr, [.init(answer: [0x6A, 0x82])], repeatsLast: true)
        let error = await failure { try await CardApplications.open(on: channel, for: [.signature]).name }
        #expect(error?.code == .unknownCard)
        #expect(channel.commands.count == Set(CardProfile.all.map(\.applicationID.value)).count + 1)
        #expect(channel.commands.allSatisfy { $0[1] == 0xA4 })
    }

    @Test(arguments: ["oseid", "isoapplet-v0"])
    func `a key that is wanted later costs its certificate and nothing else`(_ name: String) async throws {
        let card = try ReplayedCard(name, scenarios: ["raw-sign-rsa01", "raw-unknown-aid"])
        let first = try await CardApplications.open(on: card, for: [.authentication])
        let before = card.commands.count
        let application = try await first.adding(keysFor: [.signature], within: TimeBudget(.seconds(60)))
        #expect(application.keys.map(\.role) == [.authentication, .signature])
        // SELECT and two reads.
        #expect(card.commands.count == before + 3)
        #expect(try await application.adding(keysFor: [.signature], within: TimeBudget(.seconds(60))).keys == application.keys)
        #expect(card.commands.count == before + 3)
    }
}
