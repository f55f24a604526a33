import CardApplications
import Emulation
import ISO7816
import TestSupport
import Testing

/// Our driver against OsEID (a key a file) and IsoApplet (keys by number), as they were recorded.
struct PKCS15ReplayTests {
    private func oseid() throws -> ReplayedCard {
        try ReplayedCard(
            "oseid", scenarios: ["raw-sign-rsa01", "raw-sign-ec03", "raw-wrong-then-right-pin", "raw-unknown-aid"])
    }

    private func isoApplet() throws -> ReplayedCard {
        try ReplayedCard(
            "isoapplet-v0",
            scenarios: ["list-pkcs11-opensc23", "raw-sign-rsa01", "raw-sign-ec03", "raw-wrong-then-right-pin", "raw-unknown-aid"])
    }

    @Test(arguments: ["oseid", "isoapplet-v0"])
    func `the card is recognised as PKCS#15 with two keys that its certificates describe`(_ name: String) async throws {
        let application = try await CardApplications.open(on: name == "oseid" ? oseid() : isoApplet())
        #expect(application.name == "PKCS#15")
        #expect(application.keys.map(\.label) == ["Auth cert", "Sign cert"])
        #expect(application.keys.map(\.role) == [.authentication, .signature])
        #expect(application.keys.map(\.algorithm) == [.rsa(bits: 2048), .p256])
        #expect(application.keys.allSatisfy { $0.needsPIN && !$0.needsPINForEachSignature })
        #expect(application.unusable == [])
    }

    @Test(arguments: ["oseid", "isoapplet-v0"])
    func `certificates are those that the recorded signatures were checked with`(_ name: String) async throws {
        let application = try await CardApplications.open(on: name == "oseid" ? oseid() : isoApplet())
        let rsa = try Recording(name, "raw-sign-rsa01").result?.certificate?.bytes
        let ec = try Recording(name, "raw-sign-ec03").result?.certificate?.bytes
        #expect(application.keys.map(\.certificate) == [rsa, ec])
    }

    @Test func `a card is read with fewer commands than OpenSC needs`() async throws {
        let card = try oseid()
        _ = try await CardApplications.open(on: card)
        // OpenSC 0.23 sent 62 to list the same card.
        #expect(card.commands.count <= 25)
    }

    @Test(arguments: ["raw-sign-rsa01", "raw-sign-ec03"])
    func `OsEID signs what was recorded, byte for byte`(_ scenario: String) async throws {
        let card = try oseid()
        let application = try await CardApplications.open(on: card)
        let recording = try Recording("oseid", scenario)
        let key = try #require(application.keys.first { $0.certificate == recording.result?.certificate?.bytes })
        #expect(try await application.verify(try pin("11111111"), for: key) == .accepted)
        let before = card.commands.count
        let signature = try await application.sign(digest: recordedDigest, with: key)
        #expect(verifies(signature, of: try #require(recording.result?.data?.bytes), by: key.certificate))
        // OpenSC selects the key file first, which OsEID can do without.
        #expect(card.commands[before...].map { $0[1] } == [0x22, 0x2A])
        #expect(card.commands[before...].allSatisfy(recording.exchanges.map(\.command.bytes).contains))
    }

    @Test func `IsoApplet signs what was recorded, byte for byte`() async throws {
        let card = try isoApplet()
        let application = try await CardApplications.open(on: card)
        let recording = try Recording("isoapplet-v0", "raw-sign-rsa01")
        let key = try #require(application.keys.first)
        #expect(try await application.verify(try pin("123456"), for: key) == .accepted)
        let before = card.commands.count
        let signature = try await application.sign(digest: recordedDigest, with: key)
        #expect(verifies(signature, of: try #require(recording.result?.data?.bytes), by: key.certificate))
        #expect(card.commands[before...].map { $0[1] } == [0x22, 0x2A])
    }

    @Test func `IsoApplet hashes for ECDSA by itself, so a SHA-256 digest is refused without asking it`() async throws {
        let card = try isoApplet()
        let application = try await CardApplications.open(on: card)
        let key = try #require(application.keys.first { $0.algorithm == .p256 })
        #expect(try await application.verify(try pin("123456"), for: key) == .accepted)
        let before = card.commands.count
        let error = await failure { try await application.sign(digest: recordedDigest, with: key) }
        #expect(error?.code == .notSupported)
        #expect(error?.detail?.contains("SHA-1") == true)
        #expect(card.commands.count == before)
    }

    @Test(arguments: [("oseid", StatusWord.conditionsNotSatisfied), ("isoapplet-v0", .securityStatusNotSatisfied)])
    func `without the PIN the card refuses in its own way`(_ name: String, _ status: StatusWord) async throws {
        let application = try await CardApplications.open(on: name == "oseid" ? oseid() : isoApplet())
        let key = try #require(application.keys.first)
        let error = await failure { try await application.sign(digest: recordedDigest, with: key) }
        #expect(error?.code == .refused(status))
    }

    @Test func `after a refused signature IsoApplet signs once the PIN is there`() async throws {
        let application = try await CardApplications.open(on: try isoApplet())
        let key = try #require(application.keys.first)
        _ = await failure { try await application.sign(digest: recordedDigest, with: key) }
        #expect(try await application.verify(try pin("123456"), for: key) == .accepted)
        #expect(try await application.sign(digest: recordedDigest, with: key).count == 256)
    }

    @Test func `OsEID counts tries and remembers the right PIN`() async throws {
        let application = try await CardApplications.open(on: try oseid())
        let key = try #require(application.keys.first)
        #expect(try await application.pinState(for: key) == .triesLeft(3))
        #expect(try await application.verify(try pin("99999999"), for: key) == .wrong(triesLeft: 2))
        #expect(try await application.pinState(for: key) == .triesLeft(2))
        #expect(try await application.verify(try pin("11111111"), for: key) == .accepted)
        #expect(try await application.pinState(for: key) == .verified)
    }

    @Test func `IsoApplet counts tries and never says that the PIN was right`() async throws {
        let application = try await CardApplications.open(on: try isoApplet())
        let key = try #require(application.keys.first)
        #expect(try await application.pinState(for: key) == .triesLeft(3))
        #expect(try await application.verify(try pin("999999"), for: key) == .wrong(triesLeft: 2))
        #expect(try await application.pinState(for: key) == .triesLeft(2))
        #expect(try await application.verify(try pin("123456"), for: key) == .accepted)
        #expect(try await application.pinState(for: key) == .triesLeft(3))
    }

    @Test(arguments: ["123", "123456789", "12345x"])
    func `the card's own AODF says what OsEID cannot have for a PIN`(_ text: String) async throws {
        let card = try oseid()
        let application = try await CardApplications.open(on: card)
        let key = try #require(application.keys.first)
        let before = card.commands.count
        let error = await failure { try await application.verify(try pin(text), for: key) }
        #expect(error?.code == .unsuitablePIN)
        #expect(card.commands.count == before)
    }

    @Test func `padding follows the AODF: FF to 8 on OsEID, 00 to 16 on IsoApplet`() async throws {
        let first = try oseid()
        let second = try isoApplet()
        for card in [first, second] {
            let application = try await CardApplications.open(on: card)
            let key = try #require(application.keys.first)
            _ = await failure { try await application.verify(try pin("2468"), for: key) }
        }
        #expect(first.commands.last?.hexadecimal == "002000010832343638FFFFFFFF")
        #expect(second.commands.last?.hexadecimal == "002000011032343638000000000000000000000000")
    }

    @Test(arguments: [Set<CardKey.Role>([.signature]), [.authentication], [.decryption], []])
    func `only keys for the wanted roles are offered`(_ roles: Set<CardKey.Role>) async throws {
        let application = try await CardApplications.open(on: try oseid(), for: roles)
        #expect(Set(application.keys.map(\.role)) == roles.intersection([.authentication, .signature]))
    }

    @Test func `no certificate is looked for on a card without the object directory`() async throws {
        let channel = try ScriptedChannel([
            .init("00A4040009A0000003080000100000", "6A82"), .init("00A404000CA000000063504B43532D313500", "6F00" + "9000"),
            .init("00A404000AF054657373657261000000", "6A82"), .init("00A404000CA000000063504B43532D313500", "6F00" + "9000"),
            .init("00A40800045015503100", "6A82"), .init("00A40800022F0000", "6A82"),
        ])
        let error = await failure { try await CardApplications.open(on: channel).name }
        #expect(error?.code == .refused(.fileNotFound))
        #expect(error?.description.contains("50155031") == true)
        #expect(channel.failures == [])
    }
}
