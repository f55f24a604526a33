import CardApplications
import CardProfiles
import Emulation
import ISO7816
import TestSupport
import Testing

/// PIV as other cards do it, played from scripts.
struct PIVScriptTests {
    static let select = ScriptedChannel.Line("00A4040009A0000003080000100000", "61084F060000100001009000")
    static let noDiscovery = ScriptedChannel.Line("00CB3FFF035C017E00", "6A82")
    static let absent: [ScriptedChannel.Line] = [
        .init("00CB3FFF055C035FC10500", "6A82"), .init("00CB3FFF055C035FC10A00", "6A82"), .init("00CB3FFF055C035FC10B00", "6A82"),
        .init("00CB3FFF055C035FC10100", "6A82"),
    ]

    /// SELECT of all other applications in turn, each refused but the one of `family`, where it ends.
    private func others(until family: CardProfile? = nil, answering answer: String = "6A82") throws -> [ScriptedChannel.Line] {
        var lines: [ScriptedChannel.Line] = []
        for profile in CardProfile.probes(for: try ATR(parsing: [0x3B, 0x00])) where profile != .piv {
            let identifier = profile.applicationID.value
            let command = "00A40400" + [UInt8(identifier.count)].hexadecimal + identifier.hexadecimal + "00"
            lines.append(.init(command, profile == family ? answer : "6A82"))
            if profile == family { break }
        }
        return lines
    }

    private func certificate(_ name: String) throws -> [UInt8] {
        try #require(try Fixture.json("certificates/keys.json", as: [String: HexBytes].self)[name]?.bytes)
    }

    /// A card that answers everything at once, as with a long Le, and has `content` as its signature certificate.
    private func channel(_ content: [TLV], then lines: [ScriptedChannel.Line] = []) throws -> ScriptedChannel {
        let object = TLV(0x53, containing: content).encoded + [0x90, 0x00]
        let opening = [Self.select, .init("00CB3FFF055C035FC10A00", object.hexadecimal), Self.noDiscovery]
        return try ScriptedChannel(opening + lines)
    }

    @Test func `a card without certificates is PIV without keys`() async throws {
        // Selected once more over T=0, whose answer is known.
        let again = ScriptedChannel.Line("00A4040009A00000030800001000", "6114")
        let channel = try ScriptedChannel([Self.select] + Self.absent + others() + [again])
        let application = try await CardApplications.open(on: channel)
        #expect(application.name == "PIV")
        #expect(application.keys.isEmpty && application.unusable.isEmpty)
        #expect(channel.failures == [])
    }

    @Test func `an empty PIV application does not hide one with keys beside it`() async throws {
        let found = try others(until: .openPGP, answering: "6F08" + "8406" + "D27600012401" + "9000")
        let key: [ScriptedChannel.Line] = [
            .init("00CA006E00", OpenPGPBuilder().answer), .init("00A502040660045C027F21", "9000"),
            .init("00CA7F2100", try certificate("p256").hexadecimal + "9000"),
        ]
        let wanted = Self.absent[1], unwanted = [Self.absent[0]] + Self.absent[2...]
        let channel = try ScriptedChannel([Self.select, wanted] + unwanted + found + key)
        let application = try await CardApplications.open(on: channel, for: [.signature])
        #expect(application.name == "OpenPGP")
        #expect(application.keys.map(\.role) == [.signature])
        #expect(channel.failures == [])
    }

    @Test(arguments: ["5300", "530970007101 00FE00 0000"])
    func `an empty object is an empty slot`(_ object: String) async throws {
        let channel = try ScriptedChannel([Self.select, .init("00CB3FFF055C035FC10A00", object + "9000")])
        let application = try await CardApplications.open(on: channel, for: [.signature])
        #expect(application.keys.isEmpty && application.unusable.isEmpty)
    }

    @Test func `a compressed certificate that cannot be unpacked is named, and the others are read`() async throws {
        let good = TLV(0x53, containing: [TLV(0x70, try certificate("p256"))]).encoded + [0x90, 0x00]
        let compressed = TLV(0x53, containing: [TLV(0x70, [0x1F, 0x8B]), TLV(0x71, [0x01]), TLV(0xFE, [])]).encoded + [0x90, 0x00]
        let channel = try ScriptedChannel([
            Self.select, .init("00CB3FFF055C035FC10500", compressed.hexadecimal), .init("00CB3FFF055C035FC10A00", good.hexadecimal),
            Self.noDiscovery,
        ])
        let application = try await CardApplications.open(on: channel, for: [.authentication, .signature])
        #expect(application.keys.map(\.id) == [[0x9C]])
        #expect(application.unusable.map(\.code) == [.malformedAnswer])
        #expect(application.unusable.first?.description.contains("9A") == true)
        #expect(application.unusable.first?.detail?.contains("gzip") == true)
    }

    @Test(
        arguments: [
            ("6982", .refused(.securityStatusNotSatisfied)), ("6F00", .refused(StatusWord(rawValue: 0x6F00))), ("9000", .malformedAnswer),
            ("53059000", .malformedAnswer), ("7000 9000", .malformedAnswer), ("5384FFFFFFFF9000", .malformedAnswer),
            ("5304700230009000", .malformedAnswer), ("530570FF3000009000", .malformedAnswer),
        ] as [(String, CardError.Code)])
    func `an object that cannot be used is named`(_ answer: String, _ code: CardError.Code) async throws {
        let channel = try ScriptedChannel([Self.select, .init("00CB3FFF055C035FC10A00", answer)])
        let application = try await CardApplications.open(on: channel, for: [.signature])
        #expect(application.keys.isEmpty)
        #expect(application.unusable.map(\.code) == [code])
        #expect(application.unusable.first?.description.contains("9C") == true)
    }

    @Test func `a key of a kind that PIV does not have is named`() async throws {
        let channel = try channel([TLV(0x70, try certificate("secp256k1"))])
        let application = try await CardApplications.open(on: channel, for: [.signature])
        #expect(application.keys.isEmpty)
        #expect(application.unusable.map(\.code) == [.notSupported])
    }

    @Test func `P-384 signs SHA-384, and r and s side by side become DER`() async throws {
        let digest = [UInt8](repeating: 0xD5, count: 48)
        let scalars = [UInt8](repeating: 0x11, count: 96)
        let request = "0087149C367C3482008130" + digest.hexadecimal + "00"
        let answer = TLV(0x7C, containing: [TLV(0x82, scalars)]).encoded.hexadecimal + "9000"
        let channel = try channel([TLV(0x70, try certificate("p384"))], then: [.init(request, answer)])
        let application = try await CardApplications.open(on: channel, for: [.signature])
        let key = try #require(application.keys.first)
        let signature = try await application.sign(digest: digest, with: key)
        #expect(signature == [0x30, 0x64, 0x02, 0x30] + scalars.prefix(48) + [0x02, 0x30] + scalars.suffix(48))
        #expect(channel.failures == [])
    }

    @Test func `RSA 3072 signs as algorithm 05, in two parts and with two GET RESPONSE at most`() async throws {
        let signature = [UInt8](repeating: 0x33, count: 384)
        let answer = TLV(0x7C, containing: [TLV(0x82, signature)]).encoded
        let channel = try channel(
            [TLV(0x70, try certificate("rsa3072"))],
            then: [
                .init(answer: [0x90, 0x00]), .init(answer: answer.prefix(256) + [0x61, 0x88]),
                .init("00C0000088", answer.dropFirst(256).hexadecimal + "9000"),
            ])
        let application = try await CardApplications.open(on: channel, for: [.signature])
        let key = try #require(application.keys.first)
        #expect(try await application.sign(digest: recordedDigest, with: key) == signature)
        #expect(channel.commands.count == 6)
        #expect(channel.commands[3].hexadecimal.hasPrefix("1087059CFF7C8201868200818201800001FFFF"))
        #expect(channel.failures == [])
    }

    @Test func `Ed25519 signs the whole message, as a vendor's extension, and no digest`() async throws {
        let message = Array("a whole message".utf8)
        let template = TLV(0x7C, containing: [TLV(0x82, []), TLV(0x81, message)]).encoded
        let signature = [UInt8](repeating: 0xED, count: 64)
        let answer = TLV(0x7C, containing: [TLV(0x82, signature)]).encoded.hexadecimal + "9000"
        let request = "0087E09C" + [UInt8(template.count)].hexadecimal + template.hexadecimal + "00"
        let channel = try channel([TLV(0x70, try certificate("ed25519"))], then: [.init(request, answer)])
        let application = try await CardApplications.open(on: channel, for: [.signature])
        let key = try #require(application.keys.first)
        #expect(key.label == "Digital Signature (9C), Ed25519 by vendor extension")
        #expect(await failure { try await application.sign(digest: recordedDigest, with: key) }?.code == .notSupported)
        #expect(try await application.sign(unhashed: message, with: key) == signature)
        #expect(channel.failures == [])
    }

    @Test func `only Ed25519 takes a message as it is`() async throws {
        let channel = try channel([TLV(0x70, try certificate("p256"))])
        let application = try await CardApplications.open(on: channel, for: [.signature])
        let key = try #require(application.keys.first)
        #expect(await failure { try await application.sign(unhashed: [1], with: key) }?.code == .notSupported)
        #expect(channel.failures == [])
    }

    @Test(
        arguments: [
            "9000", "7C009000", "7C028200 9000", "7C0482020000 9000", "8200 9000", "7C84FFFFFFFF9000", "7C0A8208300602010102 9000",
        ])
    func `a signature that is none is a malformed answer`(_ answer: String) async throws {
        let channel = try channel([TLV(0x70, try certificate("p256"))], then: [.init(answer: [UInt8](hexadecimal: answer) ?? [])])
        let application = try await CardApplications.open(on: channel, for: [.signature])
        let key = try #require(application.keys.first)
        #expect(await failure { try await application.sign(digest: recordedDigest, with: key) }?.code == .malformedAnswer)
    }

    @Test(arguments: [255, 257])
    func `an RSA signature of the wrong size is a malformed answer`(_ count: Int) async throws {
        let answer = TLV(0x7C, containing: [TLV(0x82, [UInt8](repeating: 1, count: count))]).encoded + [0x90, 0x00]
        let channel = try channel(
            [TLV(0x70, try certificate("rsa2048"))], then: [.init(answer: [0x90, 0x00]), .init(answer: answer)])
        let application = try await CardApplications.open(on: channel, for: [.signature])
        let key = try #require(application.keys.first)
        #expect(await failure { try await application.sign(digest: recordedDigest, with: key) }?.code == .malformedAnswer)
    }

    @Test(arguments: [CardError.Code.removed, .reset, .readerStuck])
    func `neither a signature nor a VERIFY is repeated when the channel fails`(_ code: CardError.Code) async throws {
        let lines: [ScriptedChannel.Line] = [.init(failing: CardError(code, "Reader 1")), .init(failing: CardError(code, "Reader 1"))]
        let channel = try channel([TLV(0x70, try certificate("p256"))], then: lines)
        let application = try await CardApplications.open(on: channel, for: [.signature])
        let key = try #require(application.keys.first)
        #expect(await failure { try await application.verify(try pin("123456"), for: key) }?.code == code)
        #expect(await failure { try await application.sign(digest: recordedDigest, with: key) }?.code == code)
        #expect(channel.commands.count == 5)
        #expect(channel.failures == [])
    }

    @Test(arguments: ["6C80", "6C00"])
    func `a signature is not repeated when the card names another length`(_ answer: String) async throws {
        let bytes = try #require([UInt8](hexadecimal: answer))
        let channel = try channel([TLV(0x70, try certificate("p256"))], then: [.init(answer: bytes)])
        let application = try await CardApplications.open(on: channel, for: [.signature])
        let key = try #require(application.keys.first)
        let error = await failure { try await application.sign(digest: recordedDigest, with: key) }
        #expect(error?.code == .refused(StatusWord(bytes[0], bytes[1])))
        #expect(channel.failures == [])
    }

    @Test(
        arguments: [
            ("63C1", .wrong(triesLeft: 1)), ("63C0", .blocked), ("6983", .blocked), ("6300", .wrong(triesLeft: nil)), ("9000", .accepted),
            // As a YubiKey NEO counts.
            ("6302", .wrong(triesLeft: 2)), ("630F", .wrong(triesLeft: 15)),
        ] as [(String, PINOutcome)])
    func `whatever the card says of a PIN, it is sent once`(_ status: String, _ outcome: PINOutcome) async throws {
        let channel = try channel([TLV(0x70, try certificate("p256"))], then: [.init("0020008008313233343536FFFF", status)])
        let application = try await CardApplications.open(on: channel, for: [.signature])
        let key = try #require(application.keys.first)
        #expect(try await application.verify(try pin("123456"), for: key) == outcome)
        #expect(channel.failures == [])
    }

    /// An open application whose card goes on with one answer to `command`.
    private func asked(_ command: String, _ answer: String) async throws -> (any CardApplication, CardKey, ScriptedChannel) {
        let channel = try channel([TLV(0x70, try certificate("p256"))], then: [.init(command, answer)])
        let application = try await CardApplications.open(on: channel, for: [.signature])
        return (application, try #require(application.keys.first), channel)
    }

    @Test(arguments: ["6982", "6310"])
    func `a PIN that the card did not look at is no wrong PIN`(_ status: String) async throws {
        let code = CardError.Code.refused(StatusWord(rawValue: try #require(UInt16(status, radix: 16))))
        let (application, key, channel) = try await asked("0020008008313233343536FFFF", status)
        #expect(await failure { try await application.verify(try pin("123456"), for: key) }?.code == code)
        #expect(channel.failures == [])
        let user = try #require(try application.pin(for: key))
        let (changing, _, _) = try await asked("0024008010313233343536FFFF363534333231FFFF", status)
        #expect(await failure { try await changing.change(user, from: try pin("123456"), to: try pin("654321")) }?.code == code)
        let (unblocking, _, _) = try await asked("002C0080103132333435363738363534333231FFFF", status)
        #expect(await failure { try await unblocking.unblock(user, with: try pin("12345678"), to: try pin("654321")) }?.code == code)
    }

    @Test(arguments: [("6302", .triesLeft(2)), ("6300", .unknown), ("6982", .unknown), ("6984", .notUsable)] as [(String, PINState)])
    func `an old applet's tries are counted, and a PIN that was never set is told`(_ status: String, _ state: PINState) async throws {
        let (application, key, channel) = try await asked("00200080", status)
        #expect(try await application.pinState(for: key) == state)
        #expect(channel.failures == [])
    }
}
