import CardApplications
import ISO7816
import Secrets
import TestSupport
import Testing

/// Our driver against Pico HSM, as it was recorded.
struct SmartCardHSMReplayTests {
    private func card(passesExtendedLength: Bool = false) throws -> ReplayedCard {
        try ReplayedCard(
            "schsm",
            scenarios: [
                "raw-sign-ec02", "raw-sign-rsa01", "sign-rsa01-rsa-pkcs-opensc27", "raw-wrong-then-right-pin", "raw-change-pin",
                "raw-le-and-transport", "raw-unknown-aid",
            ], passesExtendedLength: passesExtendedLength)
    }

    private func key(_ role: CardKey.Role, of application: any CardApplication) throws -> CardKey {
        try #require(application.keys.first { $0.role == role })
    }

    /// All that one signature takes on a card that is open.
    private func sign(with key: CardKey, of application: any CardApplication) async throws {
        _ = try await application.pinState(for: key)
        #expect(try await application.verify(try pin("648219"), for: key) == .accepted)
        _ = try await application.sign(digest: recordedDigest, with: key)
    }

    @Test(arguments: [false, true])
    func `the recorded card is recognised with two keys that its files describe`(_ extended: Bool) async throws {
        let application = try await CardApplications.open(on: try card(passesExtendedLength: extended))
        #expect(application.name == "SmartCard-HSM")
        #expect(application.keys.map(\.id) == [[0x01], [0x02]])
        #expect(application.keys.map(\.label) == ["Auth cert", "Sign cert"])
        #expect(application.keys.map(\.role) == [.authentication, .signature])
        #expect(application.keys.map(\.algorithm) == [.rsa(bits: 2048), .p256])
        #expect(application.keys.allSatisfy { $0.needsPIN && !$0.needsPINForEachSignature })
        #expect(application.unusable == [])
        #expect(application.identity.label == "Pico-HSM")
        #expect(application.identity.manufacturer == "Pol Henarejos")
        // Eight zeros name no card.
        #expect(application.identity.serialNumber == nil)
    }

    @Test func `user PIN and SO-PIN are known with their tries`() async throws {
        let application = try await CardApplications.open(on: try card())
        #expect(application.pins.map(\.id) == [0x81, 0x88])
        #expect(application.pins.map(\.role) == [.user, .administrator])
        #expect(try await application.state(of: application.pins[0]) == .triesLeft(3))
        #expect(try await application.state(of: application.pins[1]) == .triesLeft(15))
    }

    @Test(
        arguments: [(.signature, "raw-sign-ec02", false), (.authentication, "raw-sign-rsa01", false), (.signature, "raw-sign-ec02", true)]
            as [(CardKey.Role, String, Bool)])
    func `the signature request has the recorded bytes, and the answer verifies`(
        _ role: CardKey.Role, _ scenario: String, _ extended: Bool
    ) async throws {
        let card = try card(passesExtendedLength: extended)
        let application = try await CardApplications.open(on: card)
        let recording = try Recording("schsm", scenario)
        let key = try key(role, of: application)
        #expect(key.certificate == recording.result?.certificate?.bytes)
        #expect(try await application.verify(try pin("648219"), for: key) == .accepted)
        let before = card.commands.count
        let signature = try await application.sign(digest: recordedDigest, with: key)
        #expect(verifies(signature, of: try #require(recording.result?.data?.bytes), by: key.certificate))
        #expect(card.commands[before...].allSatisfy(recording.exchanges.map(\.command.bytes).contains))
    }

    @Test func `RSA goes in one command of extended length where card and reader allow that`() async throws {
        let card = try card(passesExtendedLength: true)
        let application = try await CardApplications.open(on: card)
        let recording = try Recording("schsm", "sign-rsa01-rsa-pkcs-opensc27")
        let key = try key(.authentication, of: application)
        #expect(try await application.verify(try pin("648219"), for: key) == .accepted)
        let signature = try await application.sign(digest: recordedDigest, with: key)
        #expect(card.commands.last == recording.exchanges.last?.command.bytes)
        let data = try #require(try Recording("schsm", "raw-sign-rsa01").result?.data?.bytes)
        #expect(verifies(signature, of: data, by: key.certificate))
    }

    @Test(arguments: [.signature, .authentication] as [CardKey.Role])
    func `without the PIN the card refuses, and the error says so`(_ role: CardKey.Role) async throws {
        let application = try await CardApplications.open(on: try card(passesExtendedLength: true))
        let key = try key(role, of: application)
        let error = await failure { try await application.sign(digest: recordedDigest, with: key) }
        // The recorded request for RSA without the PIN had another Le; here it is unknown, and refused as such.
        #expect(error?.code == .refused(role == .signature ? .securityStatusNotSatisfied : .instructionNotSupported))
        #expect(error?.description.contains(key.label) == true)
    }

    @Test func `tries are counted down by a wrong PIN and restored by the right one`() async throws {
        let card = try card()
        let application = try await CardApplications.open(on: card)
        let key = try key(.signature, of: application)
        #expect(try await application.pinState(for: key) == .triesLeft(3))
        #expect(try await application.verify(try pin("999999"), for: key) == .wrong(triesLeft: 2))
        #expect(try await application.pinState(for: key) == .triesLeft(2))
        #expect(try await application.verify(try pin("648219"), for: key) == .accepted)
        #expect(try await application.pinState(for: key) == .verified)
        card.reset()
        let again = try await application.resumed(on: card)
        #expect(try await again.pinState(for: key) == .triesLeft(3))
    }

    @Test func `the user PIN is changed with the recorded bytes, and a wrong old one costs a try`() async throws {
        let card = try card()
        let application = try await CardApplications.open(on: card)
        let recorded = try Recording("schsm", "raw-change-pin").exchanges.map(\.command.bytes)
        let user = try #require(application.pins.first)
        let before = card.commands.count
        #expect(try await application.change(user, from: try pin("648219"), to: try pin("648220")) == .accepted)
        #expect(try await application.change(user, from: try pin("648220"), to: try pin("648219")) == .accepted)
        #expect(try await application.change(user, from: try pin("999999"), to: try pin("648220")) == .wrong(triesLeft: 2))
        #expect(card.commands[before...].allSatisfy(recorded.contains))
    }

    @Test(arguments: ["", "12345", "1234567890123456"])
    func `a PIN that the card cannot have never reaches it`(_ text: String) async throws {
        let card = try card()
        let application = try await CardApplications.open(on: card)
        let key = try key(.signature, of: application)
        let before = card.commands.count
        #expect(await failure { try await application.verify(try pin(text), for: key) }?.code == .unsuitablePIN)
        #expect(card.commands.count == before)
    }

    @Test(
        arguments: [(.signature, false), (.authentication, false), (.signature, true), (.authentication, true)]
            as [(CardKey.Role, Bool)])
    func `from the first SELECT to a signature takes at most twelve commands, and six when the card is known`(
        _ role: CardKey.Role, _ extended: Bool
    ) async throws {
        let card = try card(passesExtendedLength: extended)
        let application = try await CardApplications.open(on: card, for: [role])
        let key = try key(role, of: application)
        #expect(application.keys.count == 1)
        try await sign(with: key, of: application)
        let cold = card.commands.count
        try await sign(with: key, of: try await application.resumed(on: card))
        let warm = card.commands.count - cold
        #expect(cold <= 12)
        #expect(warm <= 6)
        #expect(card.commands[cold].hexadecimal == "00A404000BE82B0601040181C31F020100")
        print("APDUs: SmartCard-HSM \(role), extended \(extended), cold \(cold), warm \(warm)")
    }

    /// The image must answer what the card was recorded to answer, wherever both know.
    @Test func `image and recording agree on reading`() async throws {
        let card = try ReplayedCard("schsm", scenarios: ["raw-sign-ec02"])
        for exchange in try Recording("schsm", "raw-le-and-transport").exchanges {
            let command = exchange.command.bytes
            let isNamed = command[1] == 0xB1 && command[2] != 0
            guard isNamed || command.starts(with: [0x80, 0x58]) else { continue }
            #expect(try await card.transmit(command) == exchange.response.bytes, "\(command.hexadecimal)")
        }
    }
}
