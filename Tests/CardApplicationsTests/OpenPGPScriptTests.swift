import Emulation
import ISO7816
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
