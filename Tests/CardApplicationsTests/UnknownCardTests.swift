import CardApplications
import CardProfiles
import Emulation
import ISO7816
import TestSupport
import Testing

/// Cards that are none of ours: told so after one SELECT an application and two commands more at most, and never read.
struct UnknownCardTests {
    private let applications = Set(CardProfile.all.map(\.applicationID.value)).count

    private func certificate() throws -> [UInt8] {
        try #require(try Fixture.json("certificates/keys.json", as: [String: HexBytes].self)["p256"]?.bytes)
    }

    @Test(arguments: ["6A82", "6999", "6D00", "6A86", "6E00", "6700", "6982"])
    func `an unknown card is named by its ATR and by what was tried`(_ status: String) async throws {
        let channel = try ScriptedChannel([.init(answer: try #require([UInt8](hexadecimal: status)))], repeatsLast: true)
        let error = await failure { try await CardApplications.open(on: channel).name }
        #expect(error?.code == .unknownCard)
        #expect(error?.subject == "ATR 3B 00")
        let probes = CardProfile.probes(for: channel.atr)
        #expect(error?.detail == "tried " + probes.map { "\($0.family): \(status)" }.joined(separator: ", "))
        #expect(channel.commands.count == applications)
        #expect(channel.commands.allSatisfy { $0.prefix(3) == [0x00, 0xA4, 0x04] })
    }

    @Test func `a card that other people know by its ATR is named so, and not taken for that card`() async throws {
        let atr = try #require([UInt8](hexadecimal: "3B 7F 96 00 00 80 31 80 65 B0 85 05 00 11 12 0F FF 82 90 00"))
        let channel = try ScriptedChannel(atr: atr, [.init(answer: [0x6A, 0x82])], repeatsLast: true)
        let error = await failure { try await CardApplications.open(on: channel).name }
        #expect(error?.code == .unknownCard)
        #expect(error?.detail?.contains("LuxTrust smartcard") == true)
        #expect(channel.commands.count == applications)
    }

    @Test func `the ATR decides what is asked first`() async throws {
        let oseid = try #require([UInt8](hexadecimal: "3B F5 18 00 02 80 01 4F 73 45 49 44 1A"))
        let channel = try ScriptedChannel(atr: oseid, [.init(answer: [0x6A, 0x82])], repeatsLast: true)
        _ = await failure { try await CardApplications.open(on: channel).name }
        #expect(channel.commands.first?.hexadecimal == "00A404000CA000000063504B43532D313500")
        #expect(channel.commands.count == applications)
    }

    @Test(arguments: ["9000", "6F009000", "000606 9000", "3B009000", "FFFFFFFF9000"])
    func `a card that takes an application that does not exist is unknown, and is not read`(_ answer: String) async throws {
        let channel = try ScriptedChannel([.init(answer: try #require([UInt8](hexadecimal: answer)))], repeatsLast: true)
        let error = await failure { try await CardApplications.open(on: channel).name }
        #expect(error?.code == .unknownCard)
        #expect(error?.detail?.contains("any other application: 9000") == true)
        #expect(channel.commands.map(\.hexadecimal).last == "00A404000AF054657373657261000000")
        #expect(channel.commands.count == 2)
    }

    @Test func `files behind a card that takes every SELECT are not read either`() async throws {
        var manner = FileSystemCard.Manner()
        manner.selectsAnything = true
        let card = try FileSystemCard(PKCS15Builder.files(certificate: try certificate()), manner)
        #expect(await failure { try await CardApplications.open(on: card).name }?.code == .unknownCard)
        #expect(card.commands.count == 2)
    }

    @Test func `success with something that is not PIV's answer is not PIV`() async throws {
        let channel = try ScriptedChannel(
            [
                .init("00A4040009A0000003080000100000", "6F02870090 00"), .init("00A404000AF054657373657261000000", "6A82"),
                .init("00A4040009A0000003080000100000", "6F02870090 00"), .init(answer: [0x6A, 0x82]),
            ], repeatsLast: true)
        #expect(await failure { try await CardApplications.open(on: channel).name }?.code == .unknownCard)
        #expect(channel.failures == [])
        #expect(channel.commands.count == applications + 2)
    }

    @Test func `an empty answer counts once an application that does not exist is refused`() async throws {
        let object = TLV(0x53, containing: [TLV(0x70, try certificate())]).encoded + [0x90, 0x00]
        let channel = try ScriptedChannel([
            .init("00A4040009A0000003080000100000", "9000"), .init("00A404000AF054657373657261000000", "6A82"),
            .init("00A4040009A0000003080000100000", "9000"), .init("00CB3FFF055C035FC10A00", object.hexadecimal),
            PIVScriptTests.noDiscovery,
        ])
        let application = try await CardApplications.open(on: channel, for: [.signature])
        #expect(application.name == "PIV" && application.keys.count == 1)
        #expect(channel.failures == [])
    }

    @Test(arguments: CardProfile.luxembourgEID.candidates, ["6982", "6A82", "6985"])
    func `a card that answers like the Luxembourg identity card and refuses wants PACE`(
        _ candidate: ATRCandidate, _ status: String
    ) async throws {
        let channel = try ScriptedChannel(
            atr: candidate.pattern.value.bytes, [.init(answer: try #require([UInt8](hexadecimal: status)))], repeatsLast: true)
        let error = await failure { try await CardApplications.open(on: channel).name }
        #expect(error?.code == .notSupported)
        #expect(error?.subject.contains("PACE") == true)
        #expect(error?.subject.contains("identity card") == true)
        #expect(channel.commands.count == applications)
    }

    @Test func `an identity card whose application opens and whose files do not wants PACE`() async throws {
        let atr = CardProfile.luxembourgEID.candidates[0].pattern.value.bytes
        let channel = try ScriptedChannel(
            atr: atr, [.init("00A404000CA0000000184000000163420000", "9000"), .init(answer: [0x69, 0x82])], repeatsLast: true)
        let error = await failure { try await CardApplications.open(on: channel).name }
        #expect(error?.code == .notSupported)
        #expect(error?.subject.contains("PACE") == true)
    }
}
