import CardApplications
import ISO7816
import Secrets
import TestSupport
import Testing

/// Our driver against PivApplet, as it was recorded.
struct PIVReplayTests {
    static let scenarios = ["list-pkcs11-opensc27", "raw-sign-9A", "raw-sign-9C", "raw-sign-9D", "raw-sign-9E"]

    private func card() throws -> ReplayedCard {
        try ReplayedCard("pivapplet", scenarios: Self.scenarios + ["raw-wrong-then-right-pin", "raw-unknown-aid"])
    }

    private func key(_ reference: UInt8, of application: any CardApplication) throws -> CardKey {
        try #require(application.keys.first { $0.id == [reference] })
    }

    @Test func `the recorded card is recognised as PIV with its four keys in order`() async throws {
        let application = try await CardApplications.open(on: try card())
        #expect(application.name == "PIV")
        #expect(application.keys.map(\.id) == [[0x9A], [0x9C], [0x9D], [0x9E]])
        #expect(application.keys.map(\.role) == [.authentication, .signature, .decryption, .cardAuthentication])
        #expect(application.keys.map(\.algorithm) == [.rsa(bits: 2048), .p256, .p256, .rsa(bits: 2048)])
        #expect(application.keys.map(\.needsPIN) == [true, true, true, false])
        #expect(application.keys.map(\.needsPINForEachSignature) == [false, true, false, false])
        #expect(application.unusable.isEmpty)
    }

    @Test(arguments: [(0x9A, "raw-sign-9A"), (0x9C, "raw-sign-9C"), (0x9D, "raw-sign-9D"), (0x9E, "raw-sign-9E")] as [(UInt8, String)])
    func `each key's certificate is the one that its signatures were checked with`(_ reference: UInt8, _ scenario: String) async throws {
        let application = try await CardApplications.open(on: try card())
        let recorded = try Recording("pivapplet", scenario)
        #expect(try key(reference, of: application).certificate == recorded.result?.certificate?.bytes)
    }

    @Test(arguments: [(0x9A, "raw-sign-9A"), (0x9C, "raw-sign-9C"), (0x9D, "raw-sign-9D"), (0x9E, "raw-sign-9E")] as [(UInt8, String)])
    func `the signature request has the recorded bytes, and the answer verifies`(_ reference: UInt8, _ scenario: String) async throws {
        let card = try card()
        let application = try await CardApplications.open(on: card)
        let key = try key(reference, of: application)
        if key.needsPIN { #expect(try await application.verify(try pin("123456"), for: key) == .accepted) }
        let before = card.commands.count
        let signature = try await application.sign(digest: recordedDigest, with: key)
        let data = try #require(try Recording("pivapplet", scenario).result?.data?.bytes)
        #expect(verifies(signature, of: data, by: key.certificate))
        let recorded = try Recording("pivapplet", scenario).exchanges.map(\.command.bytes)
        #expect(card.commands[before...].allSatisfy(recorded.contains))
    }

    @Test(arguments: [0x9A, 0x9C, 0x9D] as [UInt8])
    func `without the PIN the card refuses, and the error says so`(_ reference: UInt8) async throws {
        let application = try await CardApplications.open(on: try card())
        let key = try key(reference, of: application)
        let error = await failure { try await application.sign(digest: recordedDigest, with: key) }
        #expect(error?.code == .refused(.securityStatusNotSatisfied))
        #expect(error?.hint.contains("PIN") == true)
        #expect(error?.description.contains(key.label) == true)
    }

    @Test func `the refused first part of a chain is the last that is sent`() async throws {
        let card = try card()
        let application = try await CardApplications.open(on: card, for: [.authentication])
        let key = try key(0x9A, of: application)
        let before = card.commands.count
        _ = await failure { try await application.sign(digest: recordedDigest, with: key) }
        #expect(card.commands.count == before + 1)
    }

    @Test func `the signature key wants the PIN again for the second signature`() async throws {
        let application = try await CardApplications.open(on: try card())
        let key = try key(0x9C, of: application)
        #expect(try await application.verify(try pin("123456"), for: key) == .accepted)
        _ = try await application.sign(digest: recordedDigest, with: key)
        let error = await failure { try await application.sign(digest: recordedDigest, with: key) }
        #expect(error?.code == .refused(.securityStatusNotSatisfied))
    }

    @Test func `the authentication key signs again without another PIN`() async throws {
        let application = try await CardApplications.open(on: try card())
        let key = try key(0x9A, of: application)
        #expect(try await application.verify(try pin("123456"), for: key) == .accepted)
        let first = try await application.sign(digest: recordedDigest, with: key)
        #expect(try await application.sign(digest: recordedDigest, with: key) == first)
    }

    @Test func `tries are counted down by a wrong PIN and restored by the right one`() async throws {
        let card = try card()
        let application = try await CardApplications.open(on: card)
        let key = try key(0x9A, of: application)
        #expect(try await application.pinState(for: key) == .triesLeft(5))
        #expect(try await application.verify(try pin("999999"), for: key) == .wrong(triesLeft: 4))
        #expect(try await application.pinState(for: key) == .triesLeft(4))
        #expect(try await application.verify(try pin("123456"), for: key) == .accepted)
        #expect(try await application.pinState(for: key) == .verified)
        card.reset()
        let again = try await CardApplications.open(on: card)
        #expect(try await again.pinState(for: key) == .triesLeft(5))
    }

    @Test func `the key that needs no PIN has none to ask for or to verify`() async throws {
        let card = try card()
        let application = try await CardApplications.open(on: card)
        let key = try key(0x9E, of: application)
        let before = card.commands.count
        #expect(try await application.pinState(for: key) == .notNeeded)
        let error = await failure {
            try await application.verify(try pin("123456"), for: key)
        }
        #expect(error?.code == .notSupported)
        #expect(card.commands.count == before)
    }

    @Test(arguments: ["", "1", "12345", "123456789", "12345a", "1234 6", "12345\u{661}"])
    func `a PIN that PIV cannot have never reaches the card`(_ text: String) async throws {
        let card = try card()
        let application = try await CardApplications.open(on: card)
        let key = try key(0x9A, of: application)
        let before = card.commands.count
        #expect(await failure { try await application.verify(try pin(text), for: key) }?.code == .unsuitablePIN)
        #expect(card.commands.count == before)
    }

    @Test(arguments: [("123456", "313233343536FFFF"), ("1234567", "31323334353637FF"), ("12345678", "3132333435363738")])
    func `a PIN is padded with FF to eight bytes and sent once`(_ text: String, _ block: String) async throws {
        let card = try card()
        let application = try await CardApplications.open(on: card)
        let key = try key(0x9A, of: application)
        _ = await failure { try await application.verify(try pin(text), for: key) }
        let sent = card.commands.filter { $0[1] == 0x20 }
        #expect(sent.map(\.hexadecimal) == ["0020008008" + block])
    }

    @Test(arguments: [([.authentication], 0x9A), ([.signature], 0x9C)] as [(Set<CardKey.Role>, UInt8)])
    func `from SELECT to signature takes at most twelve commands`(_ roles: Set<CardKey.Role>, _ reference: UInt8) async throws {
        let card = try card()
        let application = try await CardApplications.open(on: card, for: roles)
        let key = try key(reference, of: application)
        _ = try await application.pinState(for: key)
        _ = try await application.verify(try pin("123456"), for: key)
        _ = try await application.sign(digest: recordedDigest, with: key)
        #expect(application.keys.count == 1)
        #expect(card.commands.count <= 12)
    }

    @Test(arguments: [0, 20, 28, 31, 33, 48, 64])
    func `P-256 signs a SHA-256 digest and nothing else, without asking the card`(_ length: Int) async throws {
        let card = try card()
        let application = try await CardApplications.open(on: card)
        let before = card.commands.count
        let key = try key(0x9C, of: application)
        let error = await failure {
            try await application.sign(digest: [UInt8](repeating: 1, count: length), with: key)
        }
        #expect(error?.code == .notSupported)
        #expect(card.commands.count == before)
    }

    @Test func `a key of another card is not signed with`() async throws {
        let application = try await CardApplications.open(on: try card(), for: [.authentication])
        let other = CardKey(id: [0x9C], label: "elsewhere", role: .signature, algorithm: .p256, certificate: [])
        let error = await failure { try await application.sign(digest: recordedDigest, with: other) }
        #expect(error?.code == .notSupported)
        #expect(error?.description.contains("elsewhere") == true)
    }
}
