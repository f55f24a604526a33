import CardApplications
import CardProfiles
import ISO7816
import Secrets
import TestSupport
import Testing

/// Our driver against SmartPGP, as it was recorded.
struct OpenPGPReplayTests {
    private func card() throws -> ReplayedCard {
        try ReplayedCard(
            "smartpgp",
            scenarios: [
                "list-pkcs11-opensc27", "raw-sign-ec01", "raw-sign-rsa03", "raw-wrong-then-right-pin", "raw-change-pin", "raw-unknown-aid",
            ])
    }

    private func key(_ role: CardKey.Role, of application: any CardApplication) throws -> CardKey {
        try #require(application.keys.first { $0.role == role })
    }

    /// All that one signature takes on a card that is open.
    private func sign(with key: CardKey, of application: any CardApplication) async throws {
        _ = try await application.pinState(for: key)
        #expect(try await application.verify(try pin("123456"), for: key) == .accepted)
        _ = try await application.sign(digest: recordedDigest, with: key)
    }

    @Test func `the recorded card is recognised as OpenPGP with the keys that have a certificate`() async throws {
        let application = try await CardApplications.open(on: try card())
        #expect(application.name == "OpenPGP")
        #expect(application.identity.profile.family == "OpenPGP")
        #expect(application.keys.map(\.id) == [[0xB6], [0xA4]])
        #expect(application.keys.map(\.role) == [.signature, .authentication])
        #expect(application.keys.map(\.algorithm) == [.p256, .rsa(bits: 2048)])
        #expect(application.keys.map(\.needsPIN) == [true, true])
        #expect(application.keys.map(\.needsPINForEachSignature) == [true, false])
        // The place for decryption is empty, and nothing is wrong with that.
        #expect(application.unusable == [])
    }

    @Test func `the card's number is its manufacturer's and its own`() async throws {
        let application = try await CardApplications.open(on: try card())
        #expect(application.identity.serialNumber?.hexadecimal == "AFAF00000000")
    }

    @Test func `PW1 stands under both references, and PW3 unblocks it where no resetting code is set`() async throws {
        let application = try await CardApplications.open(on: try card())
        #expect(application.pins.map(\.id) == [0x81, 0x82, 0x83])
        #expect(application.pins.map(\.role) == [.signature, .user, .administrator])
        #expect(application.pins.map(\.rules.lengths) == [6...127, 6...127, 8...127])
        #expect(application.pins.map(\.unblocking?.reference) == [0x83, 0x83, nil])
        #expect(try application.pin(for: try key(.signature, of: application))?.id == 0x81)
        #expect(try application.pin(for: try key(.authentication, of: application))?.id == 0x82)
    }

    @Test(arguments: [(.signature, "raw-sign-ec01"), (.authentication, "raw-sign-rsa03")] as [(CardKey.Role, String)])
    func `the signature request has the recorded bytes, and the answer verifies`(_ role: CardKey.Role, _ scenario: String) async throws {
        let card = try card()
        let application = try await CardApplications.open(on: card)
        let recording = try Recording("smartpgp", scenario)
        let key = try key(role, of: application)
        #expect(key.certificate == recording.result?.certificate?.bytes)
        #expect(try await application.verify(try pin("123456"), for: key) == .accepted)
        let before = card.commands.count
        let signature = try await application.sign(digest: recordedDigest, with: key)
        #expect(verifies(signature, of: try #require(recording.result?.data?.bytes), by: key.certificate))
        #expect(card.commands.count == before + 1)
        #expect(card.commands[before...].allSatisfy(recording.exchanges.map(\.command.bytes).contains))
    }

    @Test(arguments: [.signature, .authentication] as [CardKey.Role])
    func `without the PIN the card refuses, and the error says so`(_ role: CardKey.Role) async throws {
        let application = try await CardApplications.open(on: try card())
        let key = try key(role, of: application)
        let error = await failure { try await application.sign(digest: recordedDigest, with: key) }
        #expect(error?.code == .refused(.securityStatusNotSatisfied))
        #expect(error?.description.contains(key.label) == true)
    }

    @Test func `the signature key wants the PIN again for the second signature`() async throws {
        let application = try await CardApplications.open(on: try card())
        let key = try key(.signature, of: application)
        #expect(try await application.verify(try pin("123456"), for: key) == .accepted)
        _ = try await application.sign(digest: recordedDigest, with: key)
        let error = await failure { try await application.sign(digest: recordedDigest, with: key) }
        #expect(error?.code == .refused(.securityStatusNotSatisfied))
    }

    @Test func `the authentication key signs again without another PIN`() async throws {
        let application = try await CardApplications.open(on: try card())
        let key = try key(.authentication, of: application)
        #expect(try await application.verify(try pin("123456"), for: key) == .accepted)
        let first = try await application.sign(digest: recordedDigest, with: key)
        #expect(try await application.sign(digest: recordedDigest, with: key) == first)
    }

    @Test func `a wrong PIN is counted although the card refuses without a number`() async throws {
        let card = try card()
        let application = try await CardApplications.open(on: card)
        let key = try key(.signature, of: application)
        #expect(try await application.pinState(for: key) == .triesLeft(3))
        #expect(try await application.verify(try pin("999999"), for: key) == .wrong(triesLeft: 2))
        #expect(card.commands.filter { $0[1] == 0x20 && $0.count > 5 }.map(\.hexadecimal) == ["0020008106393939393939"])
        #expect(try await application.verify(try pin("123456"), for: key) == .accepted)
        #expect(try await application.pinState(for: key) == .verified)
    }

    @Test func `PW1 is changed with the recorded bytes, and a wrong old one costs a try`() async throws {
        let card = try card()
        let application = try await CardApplications.open(on: card)
        let recorded = try Recording("smartpgp", "raw-change-pin").exchanges.map(\.command.bytes)
        let first = try #require(application.pins.first)
        let before = card.commands.count
        #expect(try await application.change(first, from: try pin("123456"), to: try pin("654321")) == .accepted)
        #expect(try await application.change(first, from: try pin("654321"), to: try pin("123456")) == .accepted)
        #expect(card.commands[before...].allSatisfy(recorded.contains))
        #expect(try await application.change(first, from: try pin("999999"), to: try pin("654321")) == .wrong(triesLeft: 2))
    }

    @Test func `PW1 under its other reference is changed under the first`() async throws {
        let card = try card()
        let application = try await CardApplications.open(on: card)
        #expect(try await application.change(application.pins[1], from: try pin("123456"), to: try pin("654321")) == .accepted)
        #expect(card.commands.last?.hexadecimal == "002400810C313233343536363534333231")
    }

    @Test(arguments: ["", "12345", String(repeating: "1", count: 128)])
    func `a PIN that the card cannot have never reaches it`(_ text: String) async throws {
        let card = try card()
        let application = try await CardApplications.open(on: card)
        let key = try key(.signature, of: application)
        let before = card.commands.count
        #expect(await failure { try await application.verify(try pin(text), for: key) }?.code == .unsuitablePIN)
        #expect(card.commands.count == before)
    }

    @Test(arguments: [.signature, .authentication] as [CardKey.Role])
    func `from the first SELECT to a signature takes at most twelve commands, and six when the card is known`(
        _ role: CardKey.Role
    ) async throws {
        let card = try card()
        let application = try await CardApplications.open(on: card, for: [role])
        let key = try key(role, of: application)
        #expect(application.keys.count == 1)
        try await sign(with: key, of: application)
        let cold = card.commands.count
        try await sign(with: key, of: try await application.resumed(on: card))
        let warm = card.commands.count - cold
        #expect(cold <= 12)
        #expect(warm <= 6)
        #expect(card.commands[cold].hexadecimal == "00A4040006D2760001240100")
        print("APDUs: OpenPGP \(role), cold \(cold), warm \(warm)")
    }

    @Test func `a key of another card is not signed with`() async throws {
        let application = try await CardApplications.open(on: try card(), for: [.authentication])
        let other = CardKey(id: [0xB6], label: "elsewhere", role: .signature, algorithm: .p256, certificate: [])
        #expect(await failure { try await application.sign(digest: recordedDigest, with: other) }?.code == .notSupported)
        #expect(await failure { try application.pin(for: other) }?.code == .notSupported)
    }
}
