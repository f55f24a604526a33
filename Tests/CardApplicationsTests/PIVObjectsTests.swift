import CardProfiles
import Emulation
import ISO7816
import TestSupport
import Testing

@testable import CardApplications

/// The data objects of PIV beyond certificates: discovery, CHUID, key history, and what gzip has packed.
struct PIVObjectsTests {
    private func certificate(_ name: String, in file: String = "keys") throws -> [UInt8] {
        try #require(try Fixture.json("certificates/\(file).json", as: [String: HexBytes].self)[name]?.bytes)
    }

    private func get(_ tag: [UInt8], _ answer: [UInt8]) -> ScriptedChannel.Line {
        let command = [0x00, 0xCB, 0x3F, 0xFF, UInt8(tag.count + 2), 0x5C, UInt8(tag.count)] + tag + [0x00]
        return .init(command.hexadecimal, answer.hexadecimal)
    }

    private func get(_ tag: [UInt8], containing objects: [TLV]) -> ScriptedChannel.Line {
        get(tag, TLV(0x53, containing: objects).encoded + [0x90, 0x00])
    }

    private func certificateLine(_ last: UInt8, _ name: String) throws -> ScriptedChannel.Line {
        get([0x5F, 0xC1, last], containing: [TLV(0x70, try certificate(name)), TLV(0x71, [0x00]), TLV(0xFE, [])])
    }

    /// An open application with a signature key, whose card goes on with `lines`.
    private func application(
        discovery: String = "6A82", then lines: [ScriptedChannel.Line] = []
    ) async throws -> (any CardApplication, ScriptedChannel) {
        let opening = [PIVScriptTests.select, try certificateLine(0x0A, "p256"), .init("00CB3FFF035C017E00", discovery)]
        let channel = try ScriptedChannel(opening + lines)
        return (try await CardApplications.open(on: channel, for: [.signature]), channel)
    }

    // MARK: Discovery

    @Test(
        arguments: [
            ("4000", ["80"]), ("4010", ["80"]), ("4020", ["80"]), ("6010", ["80", "00"]), ("6020", ["00", "80"]), ("6000", ["80", "00"]),
            ("5000", ["80"]), ("7020", ["00", "80"]),
        ])
    func `the discovery object names the PINs that open keys, the primary one first`(_ policy: String, _ references: [String])
        async throws
    {
        let object = "7E124F0BA0000003080000100001005F2F02" + policy + "9000"
        let (application, channel) = try await application(discovery: object)
        #expect(application.pins.map { [$0.id].hexadecimal } == references + ["81"])
        let key = try #require(application.keys.first)
        #expect(try application.pin(for: key)?.id == application.pins.first?.id)
        #expect(application.unusable.isEmpty)
        #expect(channel.failures == [])
    }

    @Test func `a global PIN that is primary is verified under its own reference`() async throws {
        let (application, channel) = try await application(
            discovery: "7E124F0BA0000003080000100001005F2F02 6020 9000",
            then: [.init("00200000", "63C3"), .init("0020000008313233343536FFFF", "9000")])
        let key = try #require(application.keys.first)
        #expect(try await application.pinState(for: key) == .triesLeft(3))
        #expect(try await application.verify(try pin("123456"), for: key) == .accepted)
        #expect(channel.failures == [])
    }

    @Test(arguments: ["6A82", "6982", "6D00", "6F00"])
    func `a card that refuses it has the application PIN alone`(_ status: String) async throws {
        let (application, _) = try await application(discovery: status)
        #expect(application.pins.map(\.id) == [0x80, 0x81])
        #expect(application.unusable.isEmpty)
    }

    @Test(arguments: ["9000", "7E009000", "7E055F2F0140009000", "53009000", "7E84FFFFFFFF9000", "7E045F2F0140 9000"])
    func `a discovery object that is none is told, and the application PIN holds`(_ answer: String) async throws {
        let (application, _) = try await application(discovery: answer)
        #expect(application.pins.map(\.id) == [0x80, 0x81])
        #expect(application.unusable.map(\.code) == [.malformedAnswer])
        #expect(application.keys.count == 1)
    }

    @Test func `nobody asks for the PIN policy of a card without a key that needs one`() async throws {
        let channel = try ScriptedChannel([PIVScriptTests.select, try certificateLine(0x01, "p256")])
        let application = try await CardApplications.open(on: channel, for: [.cardAuthentication])
        #expect(application.keys.map(\.needsPIN) == [false])
        #expect(channel.failures == [])
    }

    // MARK: CHUID

    @Test func `the card's number is the GUID of its CHUID, read when somebody asks`() async throws {
        let number = (1...16).map { UInt8($0) }
        let (application, channel) = try await application(
            then: [get([0x5F, 0xC1, 0x02], containing: [TLV(0x30, [1]), TLV(0x34, number), TLV(0x3E, []), TLV(0xFE, [])])])
        #expect(application.identity.serialNumber == nil)
        #expect(try await application.identified().serialNumber == number)
        #expect(channel.failures == [])
    }

    @Test func `older cards have their FASC-N as number`() async throws {
        let number = [UInt8](repeating: 0xD6, count: 25)
        let (application, _) = try await application(
            then: [get([0x5F, 0xC1, 0x02], containing: [TLV(0x30, number), TLV(0x34, [UInt8](repeating: 0, count: 16))])])
        #expect(try await application.identified().serialNumber == number)
    }

    @Test(arguments: [[TLV(0x34, [UInt8](repeating: 0, count: 16))], [TLV(0x34, [1, 2, 3])], [TLV(0x30, [1])], []])
    func `a CHUID without a number is a card without one`(_ objects: [TLV]) async throws {
        let (application, _) = try await application(then: [get([0x5F, 0xC1, 0x02], containing: objects)])
        #expect(try await application.identified() == CardIdentity(profile: .piv))
    }

    @Test(
        arguments: [("6A82", nil), ("6982", .refused(.securityStatusNotSatisfied)), ("9000", .malformedAnswer)]
            as [(String, CardError.Code?)])
    func `a card that does not tell its number is one without, or says why`(_ answer: String, _ code: CardError.Code?) async throws {
        let (application, _) = try await application(then: [.init("00CB3FFF055C035FC10200", answer)])
        #expect(await failure { try await application.identified() }?.code == code)
    }

    // MARK: Retired keys

    @Test func `retired keys decrypt, and are read when somebody asks`() async throws {
        let (application, channel) = try await application(
            then: [
                get([0x5F, 0xC1, 0x0C], containing: [TLV(0xC1, [3]), TLV(0xC2, [0]), TLV(0xFE, [])]),
                try certificateLine(0x0D, "p256"), .init("00CB3FFF055C035FC10E00", "6A82"), try certificateLine(0x0F, "rsa3072"),
            ])
        let keys = try await application.keyHistory().keys
        #expect(keys.map(\.id) == [[0x82], [0x84]])
        #expect(keys.map(\.role) == [.decryption, .decryption])
        #expect(keys.map(\.label) == ["Retired Key Management 1 (82)", "Retired Key Management 3 (84)"])
        #expect(keys.map(\.needsPIN) == [true, true])
        #expect(channel.failures == [])
        // What they once did they do no more.
        let old = try #require(keys.first)
        #expect(await failure { try await application.sign(digest: recordedDigest, with: old) }?.code == .notSupported)
    }

    @Test func `twenty are the most that a card can have`() throws {
        let history = try PIVKeyHistory(parsing: [TLV(0xC1, [20])])
        #expect(history.slots.map(\.reference) == Array(0x82...0x95))
        #expect(history.slots.last?.certificateTag == [0x5F, 0xC1, 0x20])
        #expect(try PIVKeyHistory(parsing: [TLV(0xC1, [0])]).slots.isEmpty)
    }

    @Test func `keys whose certificates are not on the card are counted, and where they are is told`() async throws {
        let place = "http://example.com/0102"
        let (application, channel) = try await application(
            then: [get([0x5F, 0xC1, 0x0C], containing: [TLV(0xC1, [0]), TLV(0xC2, [2]), TLV(0xF3, Array(place.utf8)), TLV(0xFE, [])])])
        #expect(try await application.keyHistory() == KeyHistory(keys: [], elsewhere: 2, place: place))
        #expect(channel.failures == [])
    }

    @Test(
        arguments: [
            [], [TLV(0xC2, [1])], [TLV(0xC1, [21])], [TLV(0xC1, [0xFF])], [TLV(0xC1, [])], [TLV(0xC1, [0, 1])],
            [TLV(0xC1, [10]), TLV(0xC2, [11])], [TLV(0xC1, [1]), TLV(0xC2, [])],
        ] as [[TLV]])
    func `a key history that cannot be is refused`(_ content: [TLV]) {
        #expect(throws: TLVError.self) { try PIVKeyHistory(parsing: content) }
    }

    @Test func `a card without key history has no retired keys`() async throws {
        let (application, channel) = try await application(then: [.init("00CB3FFF055C035FC10C00", "6A82")])
        #expect(try await application.keyHistory().keys.isEmpty)
        #expect(channel.failures == [])
    }

    // MARK: Compressed certificates

    @Test(arguments: [0x01, 0x80] as [UInt8])
    func `a certificate that gzip has packed is read like any other`(_ information: UInt8) async throws {
        let packed = try certificate("p384", in: "gzip")
        let channel = try ScriptedChannel([
            PIVScriptTests.select,
            get([0x5F, 0xC1, 0x0A], containing: [TLV(0x70, packed), TLV(0x71, [information]), TLV(0xFE, [])]), PIVScriptTests.noDiscovery,
        ])
        let application = try await CardApplications.open(on: channel, for: [.signature])
        #expect(application.keys.map(\.algorithm) == [.p384])
        #expect(application.keys.first?.certificate == (try certificate("p384")))
        #expect(application.unusable.isEmpty)
    }

    @Test func `whatever is cut off or changed, gzip is not unpacked`() throws {
        let packed = try certificate("p384", in: "gzip")
        let whole = try certificate("p384")
        #expect(Gzip.unpacked(packed) == whole)
        #expect(Gzip.unpacked(packed + [0xFF, 0xFF]) == whole)
        for count in packed.indices { #expect(Gzip.unpacked(Array(packed.prefix(count))) == nil, "\(count) bytes") }
        for position in packed.indices {
            var changed = packed
            changed[position] ^= 0x10
            // Time, extra flags and system in the header are nobody's business; its checksum guards the content.
            #expect(Gzip.unpacked(changed) == whole || Gzip.unpacked(changed) == nil, "byte \(position)")
        }
        #expect(Gzip.unpacked([]) == nil)
        #expect(Gzip.unpacked(whole) == nil)
    }

    @Test func `what becomes too long is not unpacked, however short it is`() throws {
        // 100,000 zero bytes, by gzip -9 -n; the limit is 65,536.
        let bomb = try #require(try Fixture.json("certificates/gzip.json", as: [String: HexBytes].self)["zeros100000"]?.bytes)
        let most = try #require(try Fixture.json("certificates/gzip.json", as: [String: HexBytes].self)["zeros65536"]?.bytes)
        #expect(bomb.count < 200)
        #expect(Gzip.unpacked(bomb) == nil)
        #expect(Gzip.unpacked(most)?.count == Gzip.maximumLength)
    }

    // MARK: The PUK

    @Test(arguments: [("63C5", .triesLeft(5)), ("6A88", .unknown), ("6A86", .unknown), ("6983", .blocked)] as [(String, PINState)])
    func `some cards tell the PUK's tries, and others do not know the question`(_ status: String, _ state: PINState) async throws {
        let (application, channel) = try await application(then: [.init("00200081", status)])
        let puk = try #require(application.pins.last)
        #expect(puk.role == .unblocking)
        #expect(try await application.state(of: puk) == state)
        #expect(channel.failures == [])
    }

    @Test func `the PUK is changed and used as it stands, the PIN padded`() async throws {
        let (application, channel) = try await application(
            then: [
                .init("002400811031323334353637383837363534333231", "9000"),
                .init("002C008010383736353433323131323334353637FF", "9000"),
            ])
        let (user, puk) = (try #require(application.pins.first), try #require(application.pins.last))
        #expect(try await application.change(puk, from: pin("12345678"), to: pin("87654321")) == .accepted)
        #expect(try await application.unblock(user, with: pin("87654321"), to: pin("1234567")) == .accepted)
        #expect(channel.failures == [])
    }

    // MARK: Roles added later

    @Test func `keys for more roles are read later, and nothing twice`() async throws {
        let (application, channel) = try await application(then: [
            try certificateLine(0x05, "p384"), .init("00CB3FFF055C035FC10100", "6A82"),
        ])
        let budget = TimeBudget(.seconds(60))
        let more = try await application.adding(keysFor: [.signature, .authentication, .cardAuthentication], within: budget)
        #expect(more.keys.map(\.id) == [[0x9A], [0x9C]])
        let same = try await more.adding(keysFor: Set(application.keys.map(\.role)).union([.cardAuthentication]), within: budget)
        #expect(same.keys == more.keys)
        #expect(channel.failures == [])
    }
}
