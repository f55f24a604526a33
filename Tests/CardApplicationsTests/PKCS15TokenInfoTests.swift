import CardApplications
import CardProfiles
import ISO7816
import TestSupport
import Testing

/// What TokenInfo says: who the card is, and how it signs where it tells.
struct PKCS15TokenInfoTests {
    private let certificates: [String: [UInt8]]

    init() throws {
        certificates = try Fixture.json("certificates/keys.json", as: [String: HexBytes].self).mapValues(\.bytes)
    }

    /// An entry of `supportedAlgorithms`.
    private func algorithm(
        _ reference: UInt8, _ mechanism: [UInt8], operations: UInt8 = 0x40, _ cardReference: UInt8?, parameters: TLV = TLV(0x05, [])
    ) -> TLV {
        var parts = [TLV(0x02, [reference]), TLV(0x02, mechanism), parameters, TLV(0x03, [1, operations])]
        if let cardReference { parts.append(TLV(0x02, [cardReference])) }
        return TLV(0x30, containing: parts)
    }

    private func info(_ algorithms: [TLV], _ more: [TLV] = []) -> [UInt8] {
        TLV(
            0x30,
            containing: [
                TLV(0x02, [1]), TLV(0x04, [0xAB]), TLV(0x80, Array("Card".utf8)), TLV(0x03, [0, 0]), TLV(0xA2, containing: algorithms),
            ] + more
        )
        .encoded
    }

    /// A card of no known family whose key names algorithms.
    private func card(_ certificate: String, _ algorithms: [TLV], named: [UInt8]) throws -> FileSystemCard {
        let key = TLV(
            0xA0,
            containing: [
                TLV(0x30, containing: [TLV(0x0C, Array("Key".utf8))]),
                TLV(
                    0x30,
                    containing: [
                        TLV(0x04, [1]), TLV(0x03, [0, 0x20]), TLV(0x02, [0x07]), TLV(0xA1, containing: named.map { TLV(0x02, [$0]) }),
                    ]),
                TLV(0xA1, containing: [TLV(0x30, containing: [PKCS15Builder.path("3F005015")])]),
            ])
        var manner = FileSystemCard.Manner()
        manner.signature = [UInt8](repeating: 0x11, count: certificate == "p256" ? 64 : 256) + [0x90, 0x00]
        let bytes = try #require(certificates[certificate])
        return try FileSystemCard(PKCS15Builder.files(keys: [key], certificate: bytes, ["50155032": info(algorithms)]), manner)
    }

    private func sent(_ card: FileSystemCard) -> [String] { card.commands.filter { [0x22, 0x2A].contains($0[1]) }.map(\.hexadecimal) }

    /// The Uruguayan identity card has such an entry, which OpenSC's reader of TokenInfo refuses (pkcs15-cedulauy.c).
    @Test func `an empty sequence where an algorithm has no parameters is none`() async throws {
        let card = try card("p256", [algorithm(1, [0x10, 0x41], 0x54, parameters: TLV(0x30, []))], named: [1])
        let application = try await CardApplications.open(on: card)
        #expect(application.identity.label == "Card")
        _ = try await application.sign(digest: recordedDigest, with: try #require(application.keys.first))
        #expect(sent(card).first == "002241B606800154840107")
    }

    @Test func `a card that says how its key signs with ECDSA is believed`() async throws {
        let card = try card("p256", [algorithm(1, [0x10, 0x41], 0x54), algorithm(2, [0x01], 0x02)], named: [1])
        let application = try await CardApplications.open(on: card)
        _ = try await application.sign(digest: recordedDigest, with: try #require(application.keys.first))
        #expect(sent(card) == ["002241B606800154840107", "002A9E9A20" + recordedDigest.hexadecimal + "00"])
    }

    @Test func `a card that says that it pads is handed a DigestInfo`() async throws {
        let card = try card("rsa2048", [algorithm(1, [0x01], 0x02), algorithm(2, [0x40], 0x42)], named: [1, 2])
        let application = try await CardApplications.open(on: card)
        _ = try await application.sign(digest: recordedDigest, with: try #require(application.keys.first))
        #expect(sent(card).first == "002241B606800102840107")
        #expect(sent(card).last?.hasPrefix("002A9E9A333031300D0609608648016503040201") == true)
    }

    @Test func `a card that names only algorithms with a hash gets the digest first`() async throws {
        let card = try card("rsa2048", [algorithm(2, [0x40], 0x42)], named: [2])
        let application = try await CardApplications.open(on: card)
        _ = await failure { try await application.sign(digest: recordedDigest, with: try #require(application.keys.first)) }
        #expect(sent(card).prefix(2) == ["002241B606800142840107", "002A90A0229020" + recordedDigest.hexadecimal])
    }

    @Test(
        arguments: [
            ([1], [0x10, 0x41], 0x20, 0x54), ([2], [0x10, 0x41], 0x40, 0x54), ([], [0x10, 0x41], 0x40, 0x54),
            ([1], [0x10, 0x41], 0x40, nil),
            ([1], [0x77], 0x40, 0x54), ([1], [0x40], 0x40, 0x42),
        ] as [([UInt8], [UInt8], UInt8, UInt8?)])
    func `what the card does not say plainly is not guessed`(
        _ named: [UInt8], _ mechanism: [UInt8], _ operations: UInt8, _ reference: UInt8?
    ) async throws {
        let card = try card("p256", [algorithm(1, mechanism, operations: operations, reference)], named: named)
        let application = try await CardApplications.open(on: card)
        let key = try #require(application.keys.first)
        #expect(await failure { try await application.sign(digest: recordedDigest, with: key) }?.code == .notSupported)
        #expect(sent(card).isEmpty)
    }

    @Test func `label, number, manufacturer and last update reach the identity`() async throws {
        let update = TLV(0xA5, containing: [TLV(0x18, Array("20260101120000Z".utf8))])
        let bytes = try #require(certificates["p256"])
        let card = try FileSystemCard(PKCS15Builder.files(certificate: bytes, ["50155032": info([], [update])]))
        let identity = try await CardApplications.open(on: card).identity
        #expect(identity.label == "Card" && identity.serialNumber == [0xAB] && identity.manufacturer == nil)
        #expect(identity.lastUpdate == "20260101120000Z")
        #expect(identity.name == "PKCS#15 card" && identity.confidence == .stated)
    }

    @Test(arguments: ["", "3080", "31003000", "308480000000"])
    func `a TokenInfo that is none is reported, and the card read all the same`(_ content: String) async throws {
        let bytes = try #require(certificates["p256"])
        let card = try FileSystemCard(PKCS15Builder.files(certificate: bytes, ["50155032": [UInt8](hexadecimal: content) ?? []]))
        let application = try await CardApplications.open(on: card)
        #expect(application.keys.count == 1)
        #expect(application.unusable.contains { $0.code == .malformedAnswer && $0.subject.contains("TokenInfo") })
    }

    @Test func `a certificate may stand in the directory file itself, and directory objects in the ODF`() async throws {
        let bytes = try #require(certificates["p256"])
        let direct = PKCS15Builder.object(
            0x30, common: [], attributes: [TLV(0x04, [1])], type: [TLV(0xA0, bytes)])
        let odf = [
            TLV(0xA0, containing: [PKCS15Builder.path("3F0050154402")]), TLV(0xA8, containing: [PKCS15Builder.path("3F0050154401")]),
            TLV(0xA4, containing: [TLV(0xA0, containing: [direct])]),
        ]
        let card = try FileSystemCard(PKCS15Builder.files(certificate: bytes, ["50155031": odf.flatMap(\.encoded), "50154301": nil]))
        #expect(try await CardApplications.open(on: card).keys.map(\.certificate) == [bytes])
    }

    @Test func `a key without certificate is explained`() async throws {
        let bytes = try #require(certificates["p256"])
        let files = PKCS15Builder.files(certificates: [PKCS15Builder.certificate(id: 9)], certificate: bytes)
        let application = try await CardApplications.open(on: try FileSystemCard(files))
        #expect(application.keys.isEmpty)
        #expect(application.unusable.contains { $0.code == .notSupported && $0.detail == "it has no certificate" })
    }
}
