import CardApplications
import ISO7816
import TestSupport
import Testing

/// What cards do at the end of a file, and where they put things.
struct PKCS15FilesTests {
    private let certificate: [UInt8]

    init() throws {
        certificate = try #require(try Fixture.json("certificates/keys.json", as: [String: HexBytes].self)["p256"]?.bytes)
    }

    @Test(
        arguments: [FileSystemCard.End.shortens, .refuses, .warns, .silent],
        [(0x6F, 0x80), (0x6F, 0x81), (0x62, 0x80), (0x62, 0x81)] as [(UInt32, UInt32)])
    func `a card is read whatever it does at the end of a file`(_ end: FileSystemCard.End, _ tags: (UInt32, UInt32)) async throws {
        var manner = FileSystemCard.Manner()
        manner.end = end
        manner.information = (tags.0, tags.1)
        let card = try FileSystemCard(PKCS15Builder.files(certificate: certificate), manner)
        let application = try await CardApplications.open(on: card)
        #expect(application.keys.map(\.certificate) == [certificate])
        #expect(application.keys.first?.label == "Key")
    }

    @Test(arguments: [FileSystemCard.End.shortens, .warns, .silent])
    func `a card that tells no sizes is read to the end`(_ end: FileSystemCard.End) async throws {
        var manner = FileSystemCard.Manner()
        manner.end = end
        manner.information = nil
        let card = try FileSystemCard(PKCS15Builder.files(certificate: certificate), manner)
        #expect(try await CardApplications.open(on: card).keys.map(\.certificate) == [certificate])
    }

    @Test(arguments: [1, 7, 100, 255])
    func `a card that returns less than was asked for is read in more steps`(_ largest: Int) async throws {
        var manner = FileSystemCard.Manner()
        manner.largestRead = largest
        let card = try FileSystemCard(PKCS15Builder.files(certificate: certificate), manner)
        #expect(try await CardApplications.open(on: card).keys.map(\.certificate) == [certificate])
    }

    @Test(arguments: [FileSystemCard.End.shortens, .warns, .silent])
    func `a size that is too large ends where the file does`(_ end: FileSystemCard.End) async throws {
        var manner = FileSystemCard.Manner()
        manner.end = end
        manner.exaggeration = 1000
        let card = try FileSystemCard(PKCS15Builder.files(certificate: certificate), manner)
        #expect(try await CardApplications.open(on: card).keys.map(\.certificate) == [certificate])
    }

    @Test(arguments: [0x00, 0xFF] as [UInt8], [0, 1, 15, 16, 300, 4000])
    func `padding behind objects and certificates is no part of them`(_ byte: UInt8, _ count: Int) async throws {
        let padding = [UInt8](repeating: byte, count: count)
        let files = PKCS15Builder.files(certificate: certificate).mapValues { $0 + padding }
        let application = try await CardApplications.open(on: try FileSystemCard(files))
        #expect(application.keys.map(\.certificate) == [certificate])
        #expect(application.unusable.filter { $0.code != .refused(.fileNotFound) } == [])
    }

    @Test func `long padding is not read to its end`() async throws {
        let padding = [UInt8](repeating: 0xFF, count: 8000)
        let files = PKCS15Builder.files(certificate: certificate).mapValues { $0 + padding }
        let card = try FileSystemCard(files.merging(["50154301": certificate]) { $1 })
        _ = try await CardApplications.open(on: card)
        #expect(card.commands.filter { $0[1] == 0xB0 }.count <= 8)
    }

    @Test(
        arguments: [[0xA0, 0, 0, 0, 0x63] + Array("PKCS-15".utf8), [0xE8, 0x28, 0xBD, 0x08, 0x0F, 0x01] + Array("Gem P15".utf8)]
            as [[UInt8]])
    func `EF.DIR moves the application to another directory, by either of the standard's names`(_ name: [UInt8]) async throws {
        let template = TLV(0x61, containing: [TLV(0x4F, name), TLV(0x51, [0x3F, 0x00, 0x50, 0x00])])
        let other = TLV(0x61, containing: [TLV(0x4F, [0xA0, 0x00]), TLV(0x51, [0x3F, 0x00, 0x60, 0x00])])
        var files = PKCS15Builder.files(certificate: certificate)
        files["50005031"] = files.removeValue(forKey: "50155031")
        files["2F00"] = other.encoded + template.encoded + [0, 0, 0, 0]
        #expect(try await CardApplications.open(on: try FileSystemCard(files)).keys.count == 1)
    }

    @Test func `paths may be relative to the application's directory`() async throws {
        let files = PKCS15Builder.files(
            keys: [PKCS15Builder.key(path: PKCS15Builder.path("4B01"))],
            certificates: [PKCS15Builder.certificate(path: PKCS15Builder.path("4301"))], certificate: certificate)
        #expect(try await CardApplications.open(on: try FileSystemCard(files)).keys.count == 1)
    }

    @Test func `3FFF is the application's directory, and no file`() async throws {
        let files = PKCS15Builder.files(
            keys: [PKCS15Builder.key(path: PKCS15Builder.path("3FFF4B01"))],
            certificates: [PKCS15Builder.certificate(path: PKCS15Builder.path("3FFF4301"))], certificate: certificate)
        #expect(try await CardApplications.open(on: try FileSystemCard(files)).keys.map(\.certificate) == [certificate])
    }

    @Test func `what is no X.509 certificate is passed over, whatever key it names`() async throws {
        let verifiable = PKCS15Builder.certificate(path: PKCS15Builder.path("3F0050154302"))
        let files = PKCS15Builder.files(
            certificates: [TLV(0xA5, verifiable.value), PKCS15Builder.certificate()], certificate: certificate,
            ["50154302": [0x7F, 0x21, 0x00]])
        let application = try await CardApplications.open(on: try FileSystemCard(files))
        #expect(application.keys.map(\.certificate) == [certificate])
        #expect(application.unusable.filter { $0.code != .refused(.fileNotFound) } == [])
    }

    @Test(arguments: [(17, 0), (64, 0), (65, 1), (80, 16)])
    func `the objects of a large directory are read, and those that are too many are counted`(_ count: Int, _ rest: Int) async throws {
        // The right one is the last but those.
        let others = (0..<count - rest - 1).map { PKCS15Builder.certificate(id: UInt8($0 + 100)) }
        let more = (0..<rest).map { PKCS15Builder.certificate(id: UInt8($0 + 180)) }
        let files = PKCS15Builder.files(certificates: others + [PKCS15Builder.certificate()] + more, certificate: certificate)
        let application = try await CardApplications.open(on: try FileSystemCard(files))
        #expect(application.keys.count == 1)
        let told = application.unusable.filter { $0.code == .notSupported }.map(\.detail)
        #expect(told == (rest == 0 ? [] : ["\(rest) \(rest == 1 ? "object" : "objects") more were not read"]))
    }

    @Test func `a certificate may be a part of a file`() async throws {
        let part = PKCS15Builder.path(
            "3F0050154301", [TLV(0x02, [0x01, 0x2C]), TLV(0x80, [UInt8(certificate.count >> 8), UInt8(certificate.count & 0xFF)])])
        let files = PKCS15Builder.files(
            certificates: [PKCS15Builder.certificate(path: part)],
            certificate: [UInt8](repeating: 0x31, count: 300) + certificate + [0x30, 0x82])
        #expect(try await CardApplications.open(on: try FileSystemCard(files)).keys.map(\.certificate) == [certificate])
    }

    @Test func `a card without TokenInfo is read, and does not sign, because nobody knows how`() async throws {
        let card = try FileSystemCard(PKCS15Builder.files(certificate: certificate))
        let application = try await CardApplications.open(on: card)
        let key = try #require(application.keys.first)
        let before = card.commands.count
        let error = await failure { try await application.sign(digest: recordedDigest, with: key) }
        #expect(error?.code == .notSupported)
        #expect(card.commands.count == before)
    }

    @Test(arguments: [[0x6C, 0x40], [0x6C, 0x00], [0x61, 0x00], [0x90, 0x00]] as [[UInt8]])
    func `a signature is asked for once, whatever the card answers`(_ answer: [UInt8]) async throws {
        let maker = TLV(0x30, containing: [TLV(0x02, [0]), TLV(0x0C, Array("Aventra Ltd.".utf8))]).encoded
        var manner = FileSystemCard.Manner()
        manner.signature = answer
        let card = try FileSystemCard(PKCS15Builder.files(certificate: certificate, ["50155032": maker, "50154B01": []]), manner)
        let application = try await CardApplications.open(on: card)
        let key = try #require(application.keys.first)
        #expect(await failure { try await application.sign(digest: recordedDigest, with: key) } != nil)
        #expect(card.commands.filter { $0[1] == 0x2A }.count == 1)
    }

    @Test(arguments: [(nil, false), (0, false), (1, true), (3, true)] as [(UInt8?, Bool)])
    func `userConsent wants the PIN for each signature`(_ consent: UInt8?, _ wanted: Bool) async throws {
        let files = PKCS15Builder.files(keys: [PKCS15Builder.key(consent: consent)], certificate: certificate)
        #expect(try await CardApplications.open(on: try FileSystemCard(files)).keys.map(\.needsPINForEachSignature) == [wanted])
    }

    @Test func `a key that no PIN guards needs none`() async throws {
        let files = PKCS15Builder.files(keys: [PKCS15Builder.key(pin: nil, isPrivate: false)], certificate: certificate)
        let application = try await CardApplications.open(on: try FileSystemCard(files))
        let key = try #require(application.keys.first)
        #expect(!key.needsPIN)
        #expect(try await application.pinState(for: key) == .notNeeded)
        #expect(await failure { try await application.verify(try pin("1234"), for: key) }?.code == .notSupported)
    }

    @Test(
        arguments: [
            ("Signature key", "Signature key"), ("Schlüssel 1", "Schlüssel 1"), ("\u{1B}[2Jgone\r\n", "[2Jgone"), ("\u{202E}evil", "evil"),
            ("", "key 01"), ("\u{7}", "key 01"), (String(repeating: "x", count: 100), String(repeating: "x", count: 64)),
        ])
    func `a label is what people can read of it`(_ onCard: String, _ label: String) async throws {
        let files = PKCS15Builder.files(keys: [PKCS15Builder.key(onCard)], certificate: certificate)
        #expect(try await CardApplications.open(on: try FileSystemCard(files)).keys.map(\.label) == [label])
    }

    @Test func `a key without certificate is not offered`() async throws {
        let files = PKCS15Builder.files(certificates: [PKCS15Builder.certificate(id: 9)], certificate: certificate)
        #expect(try await CardApplications.open(on: try FileSystemCard(files)).keys.isEmpty)
    }

    @Test(
        arguments: [
            ("p256", [0x20], .authentication), ("p384", [0x20], .signature), ("rsa3072", [0x20], .signature),
            ("rsa2048", [0x20], .decryption),
            // No usage in the certificate, or one that no card's role has: PrKDF decides.
            ("p256-without-usage", [0x20], .authentication), ("p256-without-usage", [0x20, 0x40], .signature),
            ("p256-without-usage", [0x40], .decryption), ("p256-without-usage", [0x04], .decryption),
            ("p256-without-usage", [0x00], .other),
            ("p256-issuer", [0x00, 0x40], .signature),
        ] as [(String, [UInt8], CardKey.Role)])
    func `the certificate says what a key is for, and where it is silent, the key's usage`(
        _ name: String, _ usage: [UInt8], _ role: CardKey.Role
    ) async throws {
        let other = try #require(try Fixture.json("certificates/keys.json", as: [String: HexBytes].self)[name]?.bytes)
        let files = PKCS15Builder.files(keys: [PKCS15Builder.key(usage: usage)], certificate: other)
        #expect(try await CardApplications.open(on: try FileSystemCard(files)).keys.map(\.role) == [role])
    }
}
