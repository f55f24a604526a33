import Emulation
import ISO7816
import Secrets
import TestSupport
import Testing

@testable import CardApplications

/// SmartCard-HSMs that no recording has, byte for byte.
struct SmartCardHSMScriptTests {
    private let enumerate = "8058000000"
    private func read(_ file: String, at offset: Int = 0) -> String {
        "00B1" + file + "045402" + [UInt8(offset >> 8), UInt8(offset & 0xFF)].hexadecimal + "00"
    }

    private func certificate(_ name: String) throws -> [UInt8] {
        try #require(try Fixture.json("certificates/keys.json", as: [String: HexBytes].self)[name]?.bytes)
    }

    private func open(
        _ script: [ScriptedChannel.Line], for roles: Set<CardKey.Role> = [.signature, .authentication, .decryption, .other]
    ) async throws -> (SmartCardHSMApplication, ScriptedChannel) {
        let channel = try ScriptedChannel(script)
        let application = try await SmartCardHSMApplication(on: channel, for: roles, limits: .short, within: TimeBudget(.seconds(60)))
        return (application, channel)
    }

    /// The lines that read a certificate in pieces of 256 bytes, each a success, as a card does that announces no rest.
    private func reading(_ name: String, of file: String) throws -> [ScriptedChannel.Line] {
        let whole = try certificate(name)
        return stride(from: 0, to: whole.count, by: 256).map { offset in
            .init(read(file, at: offset), Array(whole.dropFirst(offset).prefix(256)).hexadecimal + "9000")
        }
    }

    @Test func `a certificate is read to the end of its object and no further`() async throws {
        let script = try [.init(enumerate, "CC01 9000")] + reading("p256", of: "CE01") + [.init(read("C401"), "6A82")]
        let (application, channel) = try await open(script)
        #expect(application.keys.map(\.certificate) == [try certificate("p256")])
        #expect(application.keys.map(\.label) == ["SmartCard-HSM key 1"])
        #expect(channel.failures == [])
    }

    @Test func `a key that the card lists again and again is read once`() async throws {
        let list = String(repeating: "CC01CE01", count: 64)
        let script = try [.init(enumerate, list + "9000")] + reading("p256", of: "CE01") + [.init(read("C401"), "6A82")]
        let (application, channel) = try await open(script)
        #expect(application.keys.count == 1)
        #expect(channel.failures == [])
    }

    @Test(arguments: ["6282", "9000", "6A82"])
    func `a key without certificate, or with half of one, is said to be so`(_ status: String) async throws {
        let (application, channel) = try await open([.init(enumerate, "CC07 9000"), .init(read("CE07"), status)])
        #expect(application.keys == [])
        #expect(application.unusable.map(\.code) == [.notSupported])
        #expect(application.unusable.first?.description.contains("key 7") == true)
        #expect(channel.failures == [])
    }

    @Test func `half a certificate is malformed`() async throws {
        let (application, channel) = try await open([
            .init(enumerate, "CC07 9000"), .init(read("CE07"), "30820100 0102 9000"), .init(read("CE07", at: 6), "6282"),
        ])
        #expect(application.keys == [])
        #expect(application.unusable.map(\.code) == [.malformedAnswer])
        #expect(channel.failures == [])
    }

    @Test(arguments: ["67037F2100", "7F2100"])
    func `a request for a certificate is none yet`(_ request: String) async throws {
        let (application, _) = try await open([.init(enumerate, "CC01 9000"), .init(read("CE01"), request + "9000")])
        #expect(application.keys == [])
        #expect(application.unusable.first?.detail == "the card has no X.509 certificate for it yet")
    }

    @Test(arguments: ["ed25519", "secp256k1"])
    func `a key on another curve is not usable, and the others are`(_ name: String) async throws {
        let script =
            try [.init(enumerate, "CC01CC02 9000")] + reading(name, of: "CE01") + reading("p384", of: "CE02")
            + [.init(read("C402"), "6A82")]
        let (application, channel) = try await open(script)
        #expect(application.keys.map(\.algorithm) == [.p384])
        #expect(application.unusable.first?.detail?.contains("P-256") == true)
        #expect(channel.failures == [])
    }

    @Test func `the device's own key, certificates and data are no keys of the holder`() async throws {
        let (application, channel) = try await open([.init(enumerate, "CC00C400CE05CF01CD02 9000")])
        #expect(application.keys == [] && application.unusable == [])
        #expect(channel.failures == [])
    }

    @Test(arguments: ["CC 9000", "6D00", "6982"])
    func `a list that is none ends the opening`(_ answer: String) async throws {
        let channel = try ScriptedChannel([.init(enumerate, answer)])
        let error = await failure {
            try await SmartCardHSMApplication(on: channel, for: [.signature], limits: .short, within: TimeBudget(.seconds(60))).keys
        }
        #expect(error != nil)
        #expect(channel.failures == [])
    }

    @Test func `a card that returns one byte at a time, for ever, is given up`() async throws {
        let channel = try ScriptedChannel([.init(enumerate, "CC01 9000"), .init(answer: [0x30, 0x90, 0x00])], repeatsLast: true)
        let application = try await SmartCardHSMApplication(
            on: channel, for: [.signature], limits: .short, within: TimeBudget(.seconds(60)))
        #expect(application.keys == [])
        #expect(application.unusable.count == 1)
        #expect(channel.commands.count <= 1 + SmartCardHSMFiles.maximumReads)
    }

    @Test func `RSA 3072 goes in a chain where nothing else passes`() async throws {
        let signature = [UInt8](repeating: 0x5A, count: 384)
        let input = try SignatureInput(
            recordedDigest, for: CardKey(id: [], label: "", role: .other, algorithm: .rsa(bits: 3072), certificate: []))
        let block = input.padded(toBits: 3072)
        let script =
            try [.init(enumerate, "CC01 9000")] + reading("rsa3072", of: "CE01")
            + [
                .init(read("C401"), "6A82"), .init("90680120FF" + Array(block.prefix(255)).hexadecimal, "9000"),
                .init("8068012081" + Array(block.dropFirst(255)).hexadecimal + "00", Array(signature.prefix(256)).hexadecimal + "6180"),
                .init(answer: Array(signature.suffix(128)) + [0x90, 0x00]),
            ]
        let (application, channel) = try await open(script)
        let key = try #require(application.keys.first)
        #expect(try await application.sign(digest: recordedDigest, with: key) == signature)
        #expect(channel.failures == [])
    }

    @Test func `an RSA answer of another length is no signature, and is not asked for again`() async throws {
        let script =
            try [.init(enumerate, "CC01 9000")] + reading("rsa2048", of: "CE01")
            + [.init(read("C401"), "6A82"), .init(answer: [0x90, 0x00]), .init(answer: [0x01, 0x90, 0x00])]
        let (application, channel) = try await open(script)
        let key = try #require(application.keys.first)
        #expect(await failure { try await application.sign(digest: recordedDigest, with: key) }?.code == .malformedAnswer)
        #expect(channel.failures == [])
    }

    @Test func `the SO-PIN sets the user PIN anew, and is counted for itself`() async throws {
        let (application, channel) = try await open([
            .init(enumerate, "9000"), .init("002C00810E" + "3537363231383830" + "363438323230", "9000"),
            .init("002C00810E" + "3131313131313131" + "363438323230", "63CE"),
        ])
        let user = application.pins[0]
        #expect(try await application.unblock(user, with: try pin("3537363231383830"), to: try pin("648220")) == .accepted)
        #expect(try await application.unblock(user, with: try pin("3131313131313131"), to: try pin("648220")) == .wrong(triesLeft: 14))
        for typed in ["57621880", "35373632313838", "353736323138383g"] {
            let refusal = await failure { try await application.unblock(user, with: try pin(typed), to: try pin("648220")) }
            #expect(refusal?.code == .unsuitablePIN)
        }
        #expect(channel.failures == [])
    }
}
