import CardApplications
import ISO7816
import TestSupport
import Testing

struct UnknownCardTests {
    @Test func `an unknown card is named by its ATR and by what was tried`() async throws {
        let channel = try ScriptedChannel([
            .init("00A4040009A0000003080000100000", "6A82"), .init("00A404000CA000000063504B43532D313500", "6999"),
            .init("00A404000CF276A288BCFBA69D34F3100100", "6D00"),
        ])
        let error = await failure { try await CardApplications.open(on: channel).name }
        #expect(error?.code == .unknownCard)
        #expect(error?.subject == "ATR 3B 00")
        #expect(error?.detail == "tried PIV: 6A82, PKCS#15: 6999, IsoApplet: 6D00")
        #expect(channel.failures == [])
    }

    @Test func `a card that other people know by its ATR is named so, and not taken for that card`() async throws {
        let atr = try #require([UInt8](hexadecimal: "3B 7F 96 00 00 80 31 80 65 B0 85 05 00 11 12 0F FF 82 90 00"))
        let channel = try ScriptedChannel(atr: atr, [.init(answer: [0x6A, 0x82])], repeatsLast: true)
        let error = await failure { try await CardApplications.open(on: channel).name }
        #expect(error?.code == .unknownCard)
        #expect(error?.detail?.contains("LuxTrust smartcard") == true)
        #expect(channel.commands.count == 3)
    }

    @Test func `the ATR decides what is asked first`() async throws {
        let oseid = try #require([UInt8](hexadecimal: "3B F5 18 00 02 80 01 4F 73 45 49 44 1A"))
        let channel = try ScriptedChannel(atr: oseid, [.init(answer: [0x6A, 0x82])], repeatsLast: true)
        _ = await failure { try await CardApplications.open(on: channel).name }
        #expect(channel.commands.first?.hexadecimal == "00A404000CA000000063504B43532D313500")
        #expect(channel.commands.count == 3)
    }

    @Test func `success with something that is not PIV's answer is not PIV`() async throws {
        let channel = try ScriptedChannel([
            .init("00A4040009A0000003080000100000", "6F028400 9000"), .init("00A404000CA000000063504B43532D313500", "6A82"),
            .init("00A404000CF276A288BCFBA69D34F3100100", "6A82"),
        ])
        #expect(await failure { try await CardApplications.open(on: channel).name }?.code == .unknownCard)
        #expect(channel.failures == [])
    }

    @Test func `a card that takes every SELECT is PIV only with a key behind it`() async throws {
        let certificate = try #require(try Fixture.json("certificates/keys.json", as: [String: HexBytes].self)["p256"]?.bytes)
        var manner = FileSystemCard.Manner()
        manner.selectsAnything = true
        let card = try FileSystemCard(PKCS15Builder.files(certificate: certificate), manner)
        let application = try await CardApplications.open(on: card)
        #expect(application.name == "PKCS#15")
        #expect(application.keys.map(\.certificate) == [certificate])
    }

    @Test func `an empty answer with a certificate behind it is PIV`() async throws {
        let certificate = try #require(try Fixture.json("certificates/keys.json", as: [String: HexBytes].self)["p256"]?.bytes)
        let object = TLV(0x53, containing: [TLV(0x70, certificate)]).encoded + [0x90, 0x00]
        let channel = try ScriptedChannel([
            .init("00A4040009A0000003080000100000", "9000"), .init("00CB3FFF055C035FC10A00", object.hexadecimal),
            PIVScriptTests.noDiscovery,
        ])
        let application = try await CardApplications.open(on: channel, for: [.signature])
        #expect(application.name == "PIV" && application.keys.count == 1)
        #expect(channel.failures == [])
    }
}
