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
        ("uruguay-signature", "Uruguayan identity card"), ("two-organizations", "IAS Classic card"),
        ("luxtrust-signature", "LuxTrust card"),
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
        manner.directoryFiles = ["5006", "5001", "5002"]
        let application = try await CardApplications.open(
            on: try card(.iasClassic, ["luxtrust-authentication", "luxtrust-signature"], manner), for: [.signature, .authentication],
            believingPlaces: false)
        #expect(application.keys.map(\.role) == [.authentication, .signature])
        #expect(application.keys.map(\.label) == ["User Cert Auth", "User Cert Sig"])
        #expect(application.unusable == [])
    }

    @Test(arguments: [CardProfile.iasClassic, .classicV3], [["5006", "5002", "5001"], ["7001", "7002", "7003"]])
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
        // Of an issuer who may have more PINs than one.
        let application = try await CardApplications.open(
            on: try card(.iasClassic, ["luxtrust-authentication", "two-organizations"], manner), for: [.authentication, .signature])
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

    @Test func `a card with the one key of the Uruguayan identity card signs with what is published of it, and reads no directory of keys`()
        async throws
    {
        let card = try card(.iasClassic, ["uruguay-signature"])
        let application = try await CardApplications.open(on: card, for: [.signature])
        let key = try #require(application.keys.first)
        #expect(key.role == .signature && key.label == "signature" && key.certificate == certificates["uruguay-signature"])
        #expect(application.identity.name == "Uruguayan identity card")
        #expect(try await application.verify(try pin("135790"), for: key) == .accepted)
        #expect(try await application.sign(digest: recordedDigest, with: key) == IASClassicCard.signature)
        let selected = card.commands.filter { $0[1] == 0xA4 && $0[2] != 0x04 }.map { $0.dropFirst(5).prefix(4) }.map { Array($0) }
        // The PINs; where a second key would have its certificate; the certificate that there is.
        #expect(selected.map { Array($0.prefix($0.count == 4 && $0[0] == 0x50 ? 4 : 2)).hexadecimal } == ["50005006", "B002", "B001"])
        #expect(card.commands.contains { $0.hexadecimal == "002241B606800142840101" })
        #expect(try await application.adding(keysFor: [.authentication], within: TimeBudget(.seconds(60))).keys.map(\.role) == [.signature])
    }

    @Test func `a card that does not know a key by its family's number is asked by the number in its own directory, and signs once`()
        async throws
    {
        var manner = IASClassicCard.Manner()
        manner.keyReferences = [0x11, 0x12]
        let card = try card(.iasClassic, ["luxtrust-authentication", "luxtrust-signature"], manner)
        let application = try await CardApplications.open(on: card, for: [.signature])
        let key = try #require(application.keys.first)
        #expect(try await application.verify(try pin("135790"), for: key) == .accepted)
        #expect(try await application.sign(digest: recordedDigest, with: key) == IASClassicCard.signature)
        let environments = card.commands.filter { $0[1] == 0x22 }.map { $0.suffix(1) }.map { Array($0) }
        #expect(environments == [[0x02], [0x12]])
        #expect(card.commands.count { $0[1] == 0x2A && $0[2] == 0x9E } == 1)
        // Looked up once: the next signature has the right number at once.
        let before = card.commands.count
        _ = try await application.sign(digest: recordedDigest, with: key)
        #expect(card.commands.count == before + 3)
        #expect(card.commands.count { $0[1] == 0x20 && $0.count > 5 } == 1, "no PIN is sent again")
    }

    @Test func `a card that says only at the signature that it has no such key is not asked twice, and the next time by its own number`()
        async throws
    {
        var manner = IASClassicCard.Manner()
        manner.keyReferences = [0x11, 0x12]
        manner.refusesLate = true
        let card = try card(.iasClassic, ["luxtrust-authentication", "luxtrust-signature"], manner)
        let application = try await CardApplications.open(on: card, for: [.signature])
        let key = try #require(application.keys.first)
        #expect(try await application.verify(try pin("135790"), for: key) == .accepted)
        let error = await failure { try await application.sign(digest: recordedDigest, with: key) }
        #expect(error?.code == .refused(.referencedDataNotFound) && error?.isBeforehand == false)
        #expect(card.commands.count { $0[1] == 0x22 } == 1)
        let again = try await application.resumed(on: card)
        #expect(try await again.verify(try pin("135790"), for: key) == .accepted)
        #expect(try await again.sign(digest: recordedDigest, with: key) == IASClassicCard.signature)
        #expect(card.commands.filter { $0[1] == 0x22 }.map { $0.last } == [0x02, 0x12])
    }

    @Test func `a key that another PIN guards than the one that was given is not asked for a signature`() async throws {
        var manner = IASClassicCard.Manner()
        manner.keyReferences = [0x11, 0x12]
        manner.guards = [1, 2]
        let card = try card(.iasClassic, ["luxtrust-authentication", "luxtrust-signature"], manner)
        let application = try await CardApplications.open(on: card, for: [.signature])
        let key = try #require(application.keys.first)
        #expect(try await application.verify(try pin("135790"), for: key) == .accepted)
        #expect(
            await failure { try await application.sign(digest: recordedDigest, with: key) }?.code == .refused(.referencedDataNotFound))
        #expect(card.commands.count { $0[1] == 0x22 } == 1 && !card.commands.contains { $0[1] == 0x2A })
    }

    @Test(arguments: [1, 2])
    func `more than one PIN for keys, and the card's own directory says whose each is`(_ count: Int) async throws {
        var manner = IASClassicCard.Manner()
        manner.pins = [(1, 0x11), (2, 0x12)].prefix(count).map { ($0, $1) }
        let card = try card(.iasClassic, ["luxtrust-signature", "luxtrust-authentication"], manner)
        // The card has them in the other order: the certificate at the first place is that of the key for approvals.
        let application = try await CardApplications.open(on: card, for: [.signature])
        #expect(application.keys.map(\.certificate) == [certificates["luxtrust-signature"]])
        #expect(card.commands.contains { $0.dropFirst(5).starts(with: [0x50, 0x00, 0x50, 0x02]) } == (count == 2))
    }

    @Test func `what is published of some issuers' cards is not believed of another's`() async throws {
        let card = try card(.iasClassic, ["two-organizations"])
        let application = try await CardApplications.open(on: card, for: [.signature])
        #expect(application.keys.map(\.label) == ["User Cert Auth"], "as its own directory has it")
        #expect(card.commands.contains { $0.dropFirst(5).starts(with: [0x50, 0x00, 0x50, 0x02]) })
    }

    @Test(arguments: [(UInt8(0x01), false), (0x00, true)])
    func `the security officer's PIN is none for keys, where the card says whose it is`(_ flag: UInt8, _ readsDirectory: Bool) async throws
    {
        var manner = IASClassicCard.Manner()
        manner.pins = [(1, 0x11), (2, 0x12)]
        manner.secondPINFlags = 0x0C | flag
        let card = try card(.iasClassic, ["uruguay-signature"], manner)
        let application = try await CardApplications.open(on: card, for: [.signature])
        let key = try #require(application.keys.first)
        #expect(try application.pin(for: key)?.id == 0x11)
        #expect(card.commands.contains { $0.dropFirst(5).starts(with: [0x50, 0x00, 0x50, 0x02]) } == readsDirectory)
    }

    @Test func `what a key is for, where its certificate is silent, the card's own directory says, not its place`() async throws {
        // At the place of the key for logins, and by the card's word one for approvals.
        var manner = IASClassicCard.Manner()
        manner.labels = ["User Cert Sig", "User Cert Auth"]
        let names = ["tessera-test-without-usage"]
        let approvals = try await CardApplications.open(on: try card(.iasClassic, names, manner), for: [.signature])
        #expect(approvals.keys.map(\.label) == ["User Cert Sig"])
        let logins = try await CardApplications.open(on: try card(.iasClassic, names, manner), for: [.authentication])
        #expect(logins.keys.isEmpty)
    }

    @Test func `PINs behind the first block are seen, too`() async throws {
        var manner = IASClassicCard.Manner()
        manner.isT0 = true
        manner.pins = [(1, 0x11), (2, 0x12), (3, 0x13), (4, 0x14)]
        manner.guards = [1, 4]
        let card = try card(.iasClassic, ["luxtrust-authentication", "luxtrust-signature"], manner)
        let application = try await CardApplications.open(on: card, for: [.signature])
        let key = try #require(application.keys.first)
        #expect(try application.pin(for: key)?.id == 0x14)
    }

    @Test func `a card whose object directory and TokenInfo have each other's place is read all the same`() async throws {
        var manner = IASClassicCard.Manner()
        manner.hasSwappedFiles = true
        let application = try await CardApplications.open(on: try card(.iasClassic, ["uruguay-signature"], manner))
        #expect(application.keys.map(\.role) == [.signature] && application.unusable == [])
        #expect(application.identity.label == "Gem P15" && application.identity.serialNumber == [1, 2, 3, 4])
    }

    @Test func `what PINs a card has is read in one block over T=0, or as much as it says that there is`() async throws {
        var manner = IASClassicCard.Manner()
        manner.isT0 = true
        let card = try card(.iasClassic, ["luxtrust-authentication", "luxtrust-signature"], manner)
        #expect(card.atr.protocols == [0])
        _ = try await CardApplications.open(on: card, for: [.signature])
        let position = try #require(card.commands.firstIndex { $0.dropFirst(5).starts(with: [0x50, 0x00, 0x50, 0x06]) })
        #expect(card.commands[position...].prefix(2).map(\.hexadecimal) == ["00A408000450005006", "00B0000080"])
        #expect(card.commands[position + 2].prefix(2) == [0x00, 0xA4])
    }
}
