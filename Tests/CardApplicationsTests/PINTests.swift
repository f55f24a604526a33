import CardProfiles
import Emulation
import ISO7816
import Secrets
import TestSupport
import Testing

@testable import CardApplications

struct PINTests {
    private let directory = PKCS15Path([0x50, 0x15])

    @Test(
        arguments: [
            (0x9000, .verified), (0x63C5, .triesLeft(5)), (0x63C1, .triesLeft(1)), (0x63C0, .blocked), (0x6983, .blocked),
            (0x6982, .unknown), (0x6700, .unknown), (0x6300, .unknown), (0x6A88, .unknown), (0x6D00, .unknown),
            (0x6984, .notUsable), (0x6302, .unknown),
        ] as [(UInt16, PINState)])
    func `the answer to an empty VERIFY is the state of the PIN`(_ status: UInt16, _ state: PINState) {
        #expect(PINState(StatusWord(rawValue: status)) == state)
    }

    @Test(
        arguments: [
            (0x9000, .accepted), (0x63C2, .wrong(triesLeft: 2)), (0x63C0, .blocked), (0x6983, .blocked), (0x6300, .wrong(triesLeft: nil)),
        ] as [(UInt16, PINOutcome)])
    func `the answer to VERIFY is what became of the PIN`(_ status: UInt16, _ outcome: PINOutcome) throws {
        #expect(try PINOutcome(StatusWord(rawValue: status), subject: "the PIN") == outcome)
    }

    @Test(arguments: [0x6302, 0x6700, 0x6A80, 0x6A86, 0x6A88, 0x6982, 0x6984, 0x6985, 0x6D00, 0x6F00, 0x6110] as [UInt16])
    func `a status that says nothing about the PIN is a refusal`(_ status: UInt16) {
        let error = #expect(throws: CardError.self) { try PINOutcome(StatusWord(rawValue: status), subject: "the PIN") }
        #expect(error?.code == .refused(StatusWord(rawValue: status)))
    }

    private func frame(_ text: String, _ rules: PINRules) async throws -> String {
        let channel = try ScriptedChannel([.init(answer: [0x90, 0x00])])
        _ = try await channel.send(try rules.verifyCommand(for: try pin(text), subject: "the PIN"))
        return channel.commands.map(\.hexadecimal).joined()
    }

    @Test(
        arguments: [
            ("1234", 0x01, nil, "0020000104 31323334"), ("123456", 0x80, .init(byte: 0xFF, length: 8), "0020008008 313233343536FFFF"),
            ("1234", 0x11, .init(byte: 0x00, length: 12), "002000110C 313233340000000000000000"),
            ("12345678", 0x80, .init(byte: 0xFF, length: 8), "0020008008 3132333435363738"),
        ] as [(String, UInt8, PINRules.Padding?, String)])
    func `the PIN is padded as the card wants it`(
        _ text: String, _ reference: UInt8, _ padding: PINRules.Padding?, _ bytes: String
    ) async throws {
        let rules = PINRules(reference: reference, lengths: 4...12, alphabet: .digits, padding: padding)
        #expect(try await frame(text, rules) == bytes.filter { $0 != " " })
    }

    @Test(arguments: [("abc!", true), ("pass wörd", true), ("123", false), ("1234567890123", false)])
    func `any characters pass where the card takes any, of a length that it takes`(_ text: String, _ passes: Bool) async {
        let rules = PINRules(reference: 1, lengths: 4...12, alphabet: .any, padding: nil)
        let error = await failure { try await frame(text, rules) }
        #expect(error?.code == (passes ? nil : .unsuitablePIN))
    }

    @Test func `a PIN longer than its padded form is refused, whatever the lengths say`() async {
        let rules = PINRules(reference: 1, lengths: 4...12, alphabet: .digits, padding: .init(byte: 0, length: 8))
        #expect(await failure { try await frame("123456789", rules) }?.code == .unsuitablePIN)
    }

    @Test(arguments: ["", "12345", "123456", "12345678", "123456789", "12345a"], [PINRules.Padding(byte: 0xFF, length: 8), nil])
    func `what is admitted is what is sent`(_ text: String, _ padding: PINRules.Padding?) async throws {
        let rules = PINRules(reference: 1, lengths: 6...12, alphabet: .digits, padding: padding)
        let admitted = rules.admits(try pin(text))
        #expect(admitted == (text.utf8.count >= 6 && text != "12345a" && (text.utf8.count <= 8 || padding == nil)))
        #expect((await failure { try await frame(text, rules) } == nil) == admitted)
    }

    @Test func `PINs that no command can hold are not called a lack of memory`() async throws {
        let rules = PINRules(reference: 1, lengths: 4...400, alphabet: .any, padding: nil)
        let long = String(repeating: "x", count: 256)
        #expect(await failure { try await frame(long, rules) }?.detail == "one command holds 1 to 255 bytes")
        let half = String(repeating: "x", count: 128)
        let error = #expect(throws: CardError.self) {
            _ = try PINRules.command(0x24, p2: 1, try pin(half), rules, then: try pin(half), rules, subject: "the PIN")
        }
        #expect(error?.detail == "one command holds 1 to 255 bytes")
    }

    @Test func `the reason never contains the PIN`() async {
        let rules = PINRules(reference: 1, lengths: 6...8, alphabet: .digits, padding: nil)
        for text in ["97531", "9753x1"] {
            let error = await failure { try await frame(text, rules) }
            #expect(error?.description.contains("9753") == false)
        }
    }

    private func rules(_ object: TLV) throws -> PINRules { try PKCS15PIN(parsing: object, in: directory).rules }

    @Test func `AODF entries say everything about a PIN`() throws {
        let padded = PKCS15Builder.pin(flags: 0x0C, lengths: [4, 16, 16], rest: [TLV(0x80, [0x81]), TLV(0x04, [0x00])])
        #expect(try rules(padded) == PINRules(reference: 0x81, lengths: 4...16, alphabet: .digits, padding: .init(byte: 0, length: 16)))
        let plain = PKCS15Builder.pin(flags: 0x08, type: 2, lengths: [6, 12], rest: [])
        #expect(try rules(plain) == PINRules(reference: 0, lengths: 6...12, alphabet: .any, padding: nil))
    }

    @Test func `a stored length of 0 says nothing of a PIN that is not padded`() throws {
        let told = PKCS15Builder.pin(flags: 0x08, lengths: [4, 0, 12], rest: [TLV(0x80, [0x01])])
        #expect(try rules(told) == PINRules(reference: 1, lengths: 4...12, alphabet: .digits, padding: nil))
        let untold = PKCS15Builder.pin(flags: 0x08, lengths: [4, 0], rest: [TLV(0x80, [0x01])])
        #expect(try rules(untold) == PINRules(reference: 1, lengths: 4...64, alphabet: .digits, padding: nil))
    }

    @Test(
        arguments: [
            PKCS15Builder.pin(lengths: []), PKCS15Builder.pin(lengths: [4]), PKCS15Builder.pin(lengths: [9, 8]),
            PKCS15Builder.pin(lengths: [4, 0, 8]), PKCS15Builder.pin(lengths: [4, 8, 3]),
            PKCS15Builder.pin(rest: [TLV(0x80, [0x01, 0x00])]), PKCS15Builder.pin(rest: [TLV(0x80, [])]), TLV(0x30, []),
        ])
    func `AODF entries that cannot be are refused`(_ object: TLV) {
        #expect(throws: TLVError.self) { try rules(object) }
    }

    @Test(arguments: [(0, false), (1, true), (2, true), (3, false), (4, false), (5, false)] as [(UInt8, Bool)])
    func `only a PIN that travels as text is ever sent`(_ type: UInt8, _ isText: Bool) async throws {
        #expect(try PKCS15PIN(parsing: PKCS15Builder.pin(type: type), in: directory).isText == isText)
        let certificate = try #require(try Fixture.json("certificates/keys.json", as: [String: HexBytes].self)["p256"]?.bytes)
        let card = try FileSystemCard(PKCS15Builder.files(pins: [PKCS15Builder.pin(type: type)], certificate: certificate))
        let application = try await CardApplications.open(on: card)
        #expect(application.keys.count == (isText ? 1 : 0))
        #expect(application.unusable.contains { $0.code == .notSupported && $0.detail?.contains("PIN") == true } == !isText)
    }

    @Test(arguments: [("00", 0), ("7F", 127), ("80", 128), ("0080", 128), ("FF", 255), ("00000001", 1), ("FFFF", 65_535)])
    func `numbers are read however long they are written`(_ text: String, _ number: Int) throws {
        #expect(try PKCS15Object.number(try #require([UInt8](hexadecimal: text))) == number)
    }

    @Test(arguments: ["", "010000", "FFFFFFFFFFFFFFFFFF"])
    func `numbers that no card can mean are refused`(_ text: String) throws {
        let bytes = try #require([UInt8](hexadecimal: text))
        #expect(throws: TLVError.malformed) { try PKCS15Object.number(bytes) }
    }
}
