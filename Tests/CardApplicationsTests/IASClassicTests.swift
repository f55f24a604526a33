import CardApplications
import CardProfiles
import ISO7816
import TestSupport
import Testing

/// IAS Classic and Classic V3 as profiles: what FACTS infers is done, and said to be inferred.
struct IASClassicTests {
    private let certificates: [String: [UInt8]]

    init() throws {
        certificates = try Fixture.json("certificates/issuers.json", as: [String: HexBytes].self).mapValues(\.bytes)
    }

    private func card(
        _ profile: CardProfile = .iasClassic, _ names: [String] = ["luxtrust-authentication", "luxtrust-signature"],
        _ manner: IASClassicCard.Manner = .init()
    ) throws -> IASClassicCard {
        let atr = profile.candidates.last?.pattern.value.bytes ?? [0x3B, 0x00]
        return try IASClassicCard(profile, atr: atr, certificates: names.compactMap { certificates[$0] }, manner)
    }

    @Test(arguments: [CardProfile.iasClassic, .classicV3])
    func `both keys are found, with their roles, and what it rests on is said to be inferred`(_ profile: CardProfile) async throws {
        let application = try await CardApplications.open(on: try card(profile))
        #expect(application.keys.map(\.label) == ["User Cert Auth", "User Cert Sig"])
        #expect(application.keys.map(\.role) == [.authentication, .signature])
        #expect(application.keys.map(\.certificate) == [certificates["luxtrust-authentication"], certificates["luxtrust-signature"]])
        #expect(application.unusable == [])
        #expect(application.identity.profile == profile)
        #expect(application.identity.confidence == .inferred)
        #expect(application.identity.name == "LuxTrust card")
        #expect(application.identity.label == "Gem P15" && application.identity.manufacturer == "Gemalto")
        #expect(application.identity.serialNumber == [1, 2, 3, 4])
        #expect(application.pins.map(\.id) == [0x11])
    }

    @Test(arguments: [
        ("uruguay-signature", "IAS Classic card"), ("two-organizations", "IAS Classic card"), ("luxtrust-signature", "LuxTrust card"),
    ])
    func `the issuer of the certificates names the card, never its ATR`(_ certificate: String, _ name: String) async throws {
        let application = try await CardApplications.open(on: try card(.iasClassic, [certificate]))
        #expect(application.keys.count == 1)
        #expect(application.identity.name == name)
    }

    @Test(arguments: [false, true])
    func `a signature takes the two steps that the siblings take`(_ isT0: Bool) async throws {
        var manner = IASClassicCard.Manner()
        manner.isT0 = isT0
        let card = try card(.iasClassic, ["luxtrust-authentication", "luxtrust-signature"], manner)
        let application = try await CardApplications.open(on: card, for: [.signature])
        let key = try #require(application.keys.first)
        #expect(try await application.pinState(for: key) == .triesLeft(5))
        #expect(try await application.verify(try pin("135790"), for: key) == .accepted)
        #expect(card.commands.last?.hexadecimal == "002000110C" + "313335373930" + "000000000000")
        let before = card.commands.count
        #expect(try await application.sign(digest: recordedDigest, with: key) == IASClassicCard.signature)
        let sent = card.commands[before...].filter { $0[1] != 0xC0 }.map(\.hexadecimal)
        #expect(sent == ["002241B606800142840102", "002A90A0229020" + recordedDigest.hexadecimal, "002A9E9A00"])
        // What the card offers after the digest (61 20) is not fetched; the signature comes whole.
        #expect(card.commands[before...].count == 3)
    }

    @Test func `a wrong PIN costs a try, and the card tells`() async throws {
        let application = try await CardApplications.open(on: try card())
        let key = try #require(application.keys.first)
        #expect(try await application.verify(try pin("000000"), for: key) == .wrong(triesLeft: 4))
        #expect(try await application.pinState(for: key) == .triesLeft(4))
        #expect(
            await failure { try await application.sign(digest: recordedDigest, with: key) }?.code == .refused(.securityStatusNotSatisfied))
    }

    @Test(arguments: [StatusWord.wrongLength, .referenceDataNotUsable])
    func `where VERIFY does not tell the tries, the sibling's way of asking does`(_ status: StatusWord) async throws {
        var manner = IASClassicCard.Manner()
        manner.tellsTries = false
        manner.statusInstead = status
        let card = try card(.iasClassic, ["luxtrust-authentication"], manner)
        let application = try await CardApplications.open(on: card)
        let key = try #require(application.keys.first)
        #expect(try await application.pinState(for: key) == .triesLeft(5))
        #expect(card.commands.last?.hexadecimal == "00CB00FF05A00383011100")
    }

    @Test(arguments: [CardProfile.iasClassic, .classicV3])
    func `a SHA-384 digest is refused without asking the card`(_ profile: CardProfile) async throws {
        let card = try card(profile)
        let application = try await CardApplications.open(on: card)
        let key = try #require(application.keys.first)
        let before = card.commands.count
        let error = await failure { try await application.sign(digest: [UInt8](repeating: 1, count: 48), with: key) }
        #expect(error?.code == .notSupported)
        #expect(card.commands.count == before)
    }

    @Test func `files elsewhere than the profile guesses are found by the card's own directory`() async throws {
        var manner = IASClassicCard.Manner()
        manner.directoryFiles = ["7001", "7002", "7003"]
        let card = try card(.iasClassic, ["luxtrust-authentication", "luxtrust-signature"], manner)
        let application = try await CardApplications.open(on: card, for: [.signature])
        #expect(application.keys.map(\.label) == ["User Cert Sig"])
        #expect(application.pins.map(\.id) == [0x11])
    }

    @Test func `files that are others than the profile guesses are not taken for them`() async throws {
        var manner = IASClassicCard.Manner()
        // PrKDF and CDF are swapped.
        manner.directoryFiles = ["4401", "4403", "4402"]
        let application = try await CardApplications.open(
            on: try card(.iasClassic, ["luxtrust-authentication", "luxtrust-signature"], manner), for: [.signature, .authentication])
        #expect(application.keys.map(\.role) == [.authentication, .signature])
        #expect(application.unusable == [])
    }

    @Test(arguments: [CardProfile.iasClassic, .classicV3], [["4401", "4402", "4403"], ["7001", "7002", "7003"]])
    func `the card's own word on which PIN guards a key counts, however little is read`(
        _ profile: CardProfile, _ files: [String]
    ) async throws {
        var manner = IASClassicCard.Manner()
        manner.directoryFiles = files
        manner.pins = [(1, 0x11), (2, 0x12)]
        manner.guards = [1, 2]
        let names = ["luxtrust-authentication", "luxtrust-signature"]
        for roles: Set<CardKey.Role> in [[.signature], [.authentication, .signature]] {
            let application = try await CardApplications.open(on: try card(profile, names, manner), for: roles)
            let key = try #require(application.keys.first { $0.role == .signature })
            #expect(try application.pin(for: key)?.id == 0x12)
            #expect(application.pins.map(\.id) == [0x11, 0x12])
        }
    }

    @Test func `a PIN that the card does not describe is not guessed beside those that it does`() async throws {
        var manner = IASClassicCard.Manner()
        manner.guards = [1, 2]
        let application = try await CardApplications.open(
            on: try card(.iasClassic, ["luxtrust-authentication", "luxtrust-signature"], manner), for: [.authentication, .signature])
        #expect(application.keys.map(\.role) == [.authentication])
        #expect(application.unusable.contains { $0.description.contains("User Cert Sig") })
    }

    @Test(arguments: [[1, 1], [1, 2]] as [[UInt8]])
    func `where the card describes no PIN at all, what is inferred counts for one PIN and not for two`(_ guards: [UInt8]) async throws {
        var manner = IASClassicCard.Manner()
        manner.pins = []
        manner.guards = guards
        let names = ["luxtrust-authentication", "luxtrust-signature"]
        for roles: Set<CardKey.Role> in [[.signature], Set(CardKey.Role.allCases)] {
            let application = try await CardApplications.open(on: try card(.iasClassic, names, manner), for: roles)
            #expect(try application.keys.allSatisfy { try application.pin(for: $0)?.id == 0x11 })
            #expect(application.keys.isEmpty == (guards == [1, 2]))
            #expect(application.pins.map(\.id) == (guards == [1, 2] ? [] : [0x11]))
        }
    }
}
