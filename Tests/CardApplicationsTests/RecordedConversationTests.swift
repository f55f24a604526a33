import CardApplications
import CardProfiles
import Foundation
import ISO7816
import TestSupport
import Testing

/// Every recorded conversation with OsEID and IsoApplet, each replayed alone: our driver finds what OpenSC found, and what it
/// asks for with a PIN or a key is what was recorded, byte for byte.
struct RecordedConversationTests {
    /// A card with one scenario of it.
    struct Conversation: CustomTestStringConvertible, Sendable {
        let card: String
        let scenario: String
        var testDescription: String { "\(card)--\(scenario)" }

        func recording() throws -> Recording { try Recording(card, scenario) }
        func replayed() throws -> ReplayedCard { try ReplayedCard(card, scenarios: [scenario, "raw-unknown-aid"]) }

        /// The recorded commands with one of these instructions, chained parts included.
        func commands(_ instructions: [UInt8]) throws -> [[UInt8]] {
            try recording().exchanges.map(\.command.bytes).filter { $0.count > 5 && instructions.contains($0[1]) }
        }
    }

    static let all: [Conversation] = {
        let folder = Fixture.folder.appending(path: "recordings")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false))) ?? []
        return names.sorted().compactMap { name in
            let parts = name.replacing(".json", with: "").components(separatedBy: "--")
            guard parts.count == 2, ["oseid", "isoapplet-v0"].contains(parts[0]), parts[1] != "image" else { return nil }
            return Conversation(card: parts[0], scenario: parts[1])
        }
    }()

    private func isOsEID(_ conversation: Conversation) -> Bool { conversation.card == "oseid" }

    @Test func `none is missing`() {
        #expect(Self.all.filter { $0.card == "oseid" }.count == 24)
        #expect(Self.all.filter { $0.card == "isoapplet-v0" }.count == 21)
    }

    @Test(arguments: all)
    func `the card says the same to us in each of them`(_ conversation: Conversation) async throws {
        let application = try await CardApplications.open(on: try conversation.replayed())
        #expect(application.keys.map(\.label) == ["Auth cert", "Sign cert"])
        #expect(application.keys.map(\.role) == [.authentication, .signature])
        #expect(application.keys.map(\.algorithm) == [.rsa(bits: 2048), .p256])
        #expect(application.unusable == [])
        let identity = application.identity
        #expect(identity.manufacturer == (isOsEID(conversation) ? "Aventra Ltd." : "unknown"))
        #expect(identity.serialNumber == (isOsEID(conversation) ? [0, 0, 0, 0, 0, 0, 0, 0, 0, 1] : [0, 0]))
        #expect(identity.lastUpdate == (isOsEID(conversation) ? "20261121041348Z" : "20261121043744Z"))
        #expect(identity.profile.family == (isOsEID(conversation) ? "OsEID" : "IsoApplet"))
        #expect(identity.confidence == .published)
        #expect(application.pins.map(\.role) == (isOsEID(conversation) ? [.administrator, .user] : [.user]))
        #expect(application.pins.last?.label == "User PIN")
        #expect(application.pins.allSatisfy { $0.unblocking == nil })
    }

    @Test(arguments: all)
    func `the tool's listing has the label that we show`(_ conversation: Conversation) async throws {
        guard conversation.scenario.hasPrefix("list-pkcs15") else { return }
        let application = try await CardApplications.open(on: try conversation.replayed())
        let label = try #require(application.identity.label)
        let json = try Fixture.json("recordings/\(conversation.testDescription).json", as: Listing.self)
        let text = json.result.stdout
        #expect(text.contains("PKCS#15 Card [\(label)]"))
        #expect(application.keys.allSatisfy { text.contains("[\($0.label)]") })
        #expect(application.pins.allSatisfy { text.contains("PIN [\($0.label)]") })
    }

    private struct Listing: Decodable {
        struct Result: Decodable { let stdout: String }
        let result: Result
    }

    @Test(arguments: all)
    func `a certificate that was read is that of one of our keys`(_ conversation: Conversation) async throws {
        guard let certificate = try conversation.recording().result?.certificate?.bytes else { return }
        let application = try await CardApplications.open(on: try conversation.replayed())
        #expect(application.keys.filter { $0.certificate == certificate }.count == 1)
    }

    @Test(arguments: all)
    func `PINs are presented as they were recorded, with the recorded outcome`(_ conversation: Conversation) async throws {
        let recording = try conversation.recording()
        let recorded = Set(try conversation.commands([0x20]))
        var compared: Set<[UInt8]> = []
        for text in Set([recording.pin, recording.result?.wrongPIN, recording.result?.newPIN].compactMap { $0 }) {
            let card = try conversation.replayed()
            let application = try await CardApplications.open(on: card)
            let key = try #require(application.keys.first)
            let outcome = try? await application.verify(try pin(text), for: key)
            let sent = try #require(card.commands.last)
            // Not every PIN was presented in every conversation.
            guard recorded.contains(sent) else { continue }
            #expect(outcome == (text == recording.result?.wrongPIN ? .wrong(triesLeft: 2) : .accepted))
            compared.insert(sent)
        }
        #expect(compared == recorded, "each that was presented there is presented so by us")
        if ["right-pin", "wrong-pin", "raw-wrong", "raw-change", "raw-sign", "sign"].contains(where: conversation.scenario.hasPrefix) {
            #expect(!recorded.isEmpty)
        }
    }

    @Test(arguments: all.filter { $0.scenario.contains("change-pin") })
    func `a PIN is changed with the recorded bytes`(_ conversation: Conversation) async throws {
        let recording = try conversation.recording()
        let old = recording.result?.oldPIN ?? recording.pin
        let new = try #require(recording.result?.newPIN)
        let card = try conversation.replayed()
        let application = try await CardApplications.open(on: card)
        let user = try #require(application.pins.first { $0.role == .user })
        #expect(try await application.change(user, from: try pin(old), to: try pin(new)) == .accepted)
        #expect(try conversation.commands([0x24]).first == card.commands.last)
        #expect(card.commands.filter { $0[1] == 0x24 }.count == 1)
    }

    @Test(arguments: all.filter { $0.scenario.contains("sign-") })
    func `a signature is asked for with recorded bytes, or refused where the card cannot`(_ conversation: Conversation) async throws {
        let recording = try conversation.recording()
        let data = try #require(recording.result?.data?.bytes)
        // What the card hashes or pads otherwise was asked for in another way; the plain conversation of that card is added.
        let plain = isOsEID(conversation) ? ["raw-sign-rsa01", "raw-sign-ec03"] : ["raw-sign-rsa01"]
        let card = try ReplayedCard(conversation.card, scenarios: [conversation.scenario, "raw-unknown-aid"] + plain)
        let application = try await CardApplications.open(on: card)
        let key = try #require(application.keys.first { $0.certificate == recording.result?.certificate?.bytes })
        #expect(try await application.verify(try pin(recording.pin), for: key) == .accepted)
        let before = card.commands.count
        guard isOsEID(conversation) || key.algorithm != .p256 else {
            #expect(await failure { try await application.sign(digest: recordedDigest, with: key) }?.code == .notSupported)
            #expect(card.commands.count == before)
            return
        }
        let signature = try await application.sign(digest: recordedDigest, with: key)
        #expect(verifies(signature, of: data, by: key.certificate))
        let known = try ([conversation.scenario] + plain).flatMap {
            try Conversation(card: conversation.card, scenario: $0).commands([0x22, 0x2A])
        }
        #expect(card.commands[before...].allSatisfy(known.contains))
        #expect(card.commands[before...].filter { $0[1] == 0x2A }.count == 1)
    }
}
