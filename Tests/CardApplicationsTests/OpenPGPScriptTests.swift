import CardProfiles
import ISO7816
import Secrets
import TestSupport
import Testing

@testable import CardApplications

/// OpenPGP cards that no recording has, byte for byte.
struct OpenPGPScriptTests {
    private let readData = "00CA006E00"
    private let readCertificate = "00CA7F2100"
    private let readKeyDerivation = "00CA00F900"
    private func selectCertificate(_ occurrence: Int) -> String { "00A50\(occurrence)040660045C027F21" }

    private func certificate(_ name: String) throws -> String {
        try #require(try Fixture.json("certificates/keys.json", as: [String: HexBytes].self)[name]?.bytes).hexadecimal
    }

    private func open(
        _ card: OpenPGPBuilder, for roles: Set<CardKey.Role>, _ script: [ScriptedChannel.Line]
    ) async throws -> (OpenPGPApplication, ScriptedChannel) {
        let channel = try ScriptedChannel([.init(readData, card.answer)] + script)
        let application = try await OpenPGPApplication(on: channel, for: roles, within: TimeBudget(.seconds(60)))
        return (application, channel)
    }

    @Test func `a key without certificate is said to have none`() async throws {
        let (application, channel) = try await open(
            OpenPGPBuilder(), for: [.signature, .authentication],
            [
                .init(selectCertificate(2), "9000"), .init(readCertificate, "9000"),
                .init(selectCertificate(0), "9000"), .init(readCertificate, "6A88"),
            ])
        #expect(application.keys == [])
        #expect(application.unusable.map(\.detail) == Array(repeating: "the card has no certificate for it", count: 2))
        #expect(channel.failures == [])
    }

    @Test func `an empty place is not worth a word`() async throws {
        let card = OpenPGPBuilder(fingerprints: [false, true, true])
        let (application, _) = try await open(
            card, for: [.signature], [.init(selectCertificate(2), "9000"), .init(readCertificate, "9000")])
        #expect(application.keys == [] && application.unusable == [])
    }

    @Test(
        arguments: [
            ("162B06010401DA470F01", "EdDSA"), ("132B8104000A", "2B8104000A"), ("13", "curve"), ("7F", "7F"), ("", "known"),
        ])
    func `a key that Tessera does not know is named by what it is`(_ attributes: String, _ reason: String) async throws {
        let card = OpenPGPBuilder(signature: try #require([UInt8](hexadecimal: attributes)))
        let (application, _) = try await open(
            card, for: [.signature],
            [.init(selectCertificate(2), "9000"), .init(readCertificate, try certificate("ed25519") + "9000")])
        #expect(application.keys == [])
        #expect(application.unusable.map(\.code) == [.notSupported])
        #expect(application.unusable.first?.detail?.contains(reason) == true)
    }

    @Test func `a certificate of another kind of key than the card has is not believed`() async throws {
        let (application, _) = try await open(
            OpenPGPBuilder(), for: [.signature],
            [.init(selectCertificate(2), "9000"), .init(readCertificate, try certificate("p384") + "9000")])
        #expect(application.keys == [])
        #expect(application.unusable.first?.detail?.contains("not for the EC P-256 key") == true)
    }

    @Test func `P-384 signs a SHA-384 digest, and its answer becomes DER`() async throws {
        let digest = [UInt8](repeating: 0xD1, count: 48)
        let (application, channel) = try await open(
            OpenPGPBuilder(), for: [.authentication],
            [
                .init(selectCertificate(0), "9000"), .init(readCertificate, try certificate("p384") + "9000"),
                .init("0088000030" + digest.hexadecimal + "00", [UInt8](repeating: 0x11, count: 96).hexadecimal + "9000"),
            ])
        let key = try #require(application.keys.first)
        #expect(!key.needsPINForEachSignature)
        let signature = try await application.sign(digest: digest, with: key)
        #expect(signature.prefix(4) == [0x30, 0x64, 0x02, 0x30])
        #expect(channel.failures == [])
    }

    @Test func `a card of version 2 has one certificate, and knows no SELECT DATA`() async throws {
        let card = OpenPGPBuilder(version: [0x02, 0x01], authentication: [0x01, 0x08, 0x00, 0x00, 0x20, 0x00])
        let (application, channel) = try await open(
            card, for: [.signature, .decryption, .authentication], [.init(readCertificate, try certificate("rsa2048") + "9000")])
        #expect(application.keys.map(\.role) == [.authentication])
        #expect(application.keys.map(\.algorithm) == [.rsa(bits: 2048)])
        #expect(application.unusable.count == 2)
        #expect(channel.failures == [])
    }

    @Test func `where SELECT DATA is refused, only the first certificate can be there`() async throws {
        let (application, channel) = try await open(
            OpenPGPBuilder(), for: [.signature, .authentication],
            [
                .init(selectCertificate(2), "6D00"), .init(selectCertificate(0), "6D00"),
                .init(readCertificate, try certificate("p384") + "9000"),
            ])
        #expect(application.keys.map(\.role) == [.authentication])
        #expect(channel.failures == [])
    }

    @Test func `the decryption key is shown and does not sign`() async throws {
        let (application, channel) = try await open(
            OpenPGPBuilder(), for: [.decryption],
            [.init(selectCertificate(1), "9000"), .init(readCertificate, try certificate("p256") + "9000")])
        let key = try #require(application.keys.first)
        let error = await failure { try await application.sign(digest: recordedDigest, with: key) }
        #expect(error?.code == .notSupported)
        #expect(channel.failures == [])
    }

    @Test(arguments: [
        ("8101038201 08", true), ("F9038101 03", true), ("FFFF01", true), ("810100", false), ("F903810100", false), ("", false),
    ])
    func `a card that wants its PIN hashed gets none`(_ derivation: String, _ isInUse: Bool) async throws {
        var card = OpenPGPBuilder()
        card.capabilities[0] |= 0x01
        let (application, channel) = try await open(
            card, for: [.signature],
            [
                .init(readKeyDerivation, derivation + "9000"), .init(selectCertificate(2), "9000"),
                .init(readCertificate, try certificate("p256") + "9000"),
            ])
        #expect(application.keys.isEmpty == isInUse)
        #expect(application.pins.isEmpty == isInUse)
        #expect(application.unusable.map(\.detail) == (isInUse ? ["the card wants its PIN hashed by the host"] : []))
        #expect(channel.failures == [])
    }

    @Test func `a card whose PIN is a PIN block gets none`() async throws {
        var card = OpenPGPBuilder()
        card.passwords[1] |= 0x80
        let (application, _) = try await open(
            card, for: [.signature],
            [.init(selectCertificate(2), "9000"), .init(readCertificate, try certificate("p256") + "9000")])
        #expect(application.keys == [] && application.pins == [])
        #expect(application.unusable.first?.detail?.contains("PIN block") == true)
    }

    @Test(arguments: ["9000", "6D00", "6E009000", "6E06 4F04D2760001 9000", "6E829000"])
    func `what is not OpenPGP's data is not taken for it`(_ answer: String) async throws {
        let channel = try ScriptedChannel([.init(readData, answer)])
        let error = await failure {
            try await OpenPGPApplication(on: channel, for: [.signature], within: TimeBudget(.seconds(60))).keys
        }
        #expect(error != nil)
        #expect(channel.failures == [])
    }
}

/// The passwords of OpenPGP cards, byte for byte.
struct OpenPGPPasswordTests {
    private func open(
        _ passwords: [UInt8], _ script: [ScriptedChannel.Line]
    ) async throws -> (OpenPGPApplication, ScriptedChannel) {
        let channel = try ScriptedChannel([.init("00CA006E00", OpenPGPBuilder(passwords: passwords).answer)] + script)
        return (try await OpenPGPApplication(on: channel, for: [], within: TimeBudget(.seconds(60))), channel)
    }

    @Test func `the resetting code unblocks PW1 where one is set, and is counted for itself`() async throws {
        let (application, channel) = try await open(
            [0x00, 0x20, 0x20, 0x20, 0x00, 0x03, 0x03],
            [
                .init("002C00810E" + "3131313131313131" + "363534333231", "6982"), .init("00CA00C400", "00202020000203 9000"),
                .init("002C00810E" + "3132333435363738" + "363534333231", "9000"),
            ])
        #expect(application.pins.map(\.role) == [.signature, .user, .unblocking, .administrator])
        let first = application.pins[0]
        #expect(try await application.unblock(first, with: try pin("11111111"), to: try pin("654321")) == .wrong(triesLeft: 2))
        #expect(try await application.unblock(first, with: try pin("12345678"), to: try pin("654321")) == .accepted)
        #expect(channel.failures == [])
    }

    @Test func `without a resetting code PW3 is verified, and the new PIN travels alone`() async throws {
        let (application, channel) = try await open(
            [0x00, 0x20, 0x20, 0x20, 0x00, 0x00, 0x03],
            [
                .init("0020008308" + "3132333435363738", "9000"), .init("002C028106" + "363534333231", "9000"),
            ])
        #expect(try await application.unblock(application.pins[1], with: try pin("12345678"), to: try pin("654321")) == .accepted)
        #expect(channel.failures == [])
    }

    @Test func `a wrong PW3 ends there, with its own tries`() async throws {
        let (application, channel) = try await open(
            [0x00, 0x20, 0x20, 0x20, 0x00, 0x00, 0x03],
            [.init("0020008308" + "3131313131313131", "6982"), .init("00200083", "63C1")])
        let outcome = try await application.unblock(application.pins[0], with: try pin("11111111"), to: try pin("654321"))
        #expect(outcome == .wrong(triesLeft: 1))
        #expect(channel.failures == [])
    }

    @Test func `a new PIN that the card cannot have is refused before PW3 is sent`() async throws {
        let (application, channel) = try await open([0x00, 0x20, 0x20, 0x20, 0x00, 0x00, 0x03], [])
        let first = application.pins[0]
        let error = await failure { try await application.unblock(first, with: try pin("12345678"), to: try pin("12345")) }
        #expect(error?.code == .unsuitablePIN)
        #expect(channel.failures == [])
    }

    @Test func `a card that does not answer an empty VERIFY is asked for its status bytes`() async throws {
        let (application, channel) = try await open(
            [0x01, 0x20, 0x20, 0x20, 0x03, 0x00, 0x03],
            [
                .init("00200082", "6A80"), .init("00CA00C400", "01202020010003 9000"),
                .init("00200083", "6A80"), .init("00CA00C400", "01202020010000 9000"),
            ])
        #expect(try await application.state(of: application.pins[1]) == .triesLeft(1))
        #expect(try await application.state(of: application.pins[2]) == .blocked)
        #expect(channel.failures == [])
    }

    @Test func `a wrong PIN stays a wrong PIN when nobody can be asked for the tries`() async throws {
        let (application, channel) = try await open(
            [0x01, 0x20, 0x20, 0x20, 0x03, 0x00, 0x03],
            [.init("0020008106" + "393939393939", "6982"), .init(failing: CardError(.removed, "the card"))])
        #expect(try await application.verify(try pin("999999"), as: application.pins[0]) == .wrong(triesLeft: nil))
        #expect(channel.failures == [])
    }

    @Test func `the last wrong PIN blocks`() async throws {
        let (application, channel) = try await open(
            [0x01, 0x20, 0x20, 0x20, 0x01, 0x00, 0x03],
            [.init("0020008106" + "393939393939", "6982"), .init("00200081", "63C0")])
        #expect(try await application.verify(try pin("999999"), as: application.pins[0]) == .blocked)
        #expect(channel.failures == [])
    }

    @Test func `the resetting code is neither verified nor changed`() async throws {
        let (application, channel) = try await open(
            [0x00, 0x20, 0x20, 0x20, 0x03, 0x02, 0x03], [.init("00CA00C400", "00202020030203 9000")])
        let code = try #require(application.pins.first { $0.role == .unblocking })
        #expect(await failure { try await application.verify(try pin("12345678"), as: code) }?.code == .notSupported)
        #expect(
            await failure { try await application.change(code, from: try pin("12345678"), to: try pin("87654321")) }?.code == .notSupported)
        #expect(try await application.state(of: code) == .triesLeft(2))
        #expect(channel.failures == [])
    }

    @Test func `PW3 is changed under its own reference, and nothing unblocks it`() async throws {
        let (application, channel) = try await open(
            [0x00, 0x20, 0x20, 0x20, 0x03, 0x00, 0x03], [.init("0024008310" + "31323334353637383837363534333231", "9000")])
        let officer = try #require(application.pins.last)
        #expect(try await application.change(officer, from: try pin("12345678"), to: try pin("87654321")) == .accepted)
        #expect(
            await failure { try await application.unblock(officer, with: try pin("12345678"), to: try pin("87654321")) }?.code
                == .notSupported)
        #expect(channel.failures == [])
    }

    @Test(arguments: [[0x00, 0x01, 0x01, 0x01, 0x03, 0x03, 0x03], [0x00, 0x00, 0x00, 0x00, 0x03, 0x00, 0x03]] as [[UInt8]])
    func `a card with impossible maximum lengths is not believed`(_ passwords: [UInt8]) async throws {
        let (application, _) = try await open(passwords, [])
        #expect(application.pins.allSatisfy { $0.rules.lengths == 6...6 || $0.rules.lengths == 8...8 })
    }
}
