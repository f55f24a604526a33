import ISO7816
import TestSupport
import Testing

@testable import Emulation

/// IsoApplet, whose reads stop at the end of a file and whose PIN is filled with `00`, was asked; cards of our file system
/// with the same tree, PIN and key get the same commands and give the same status words: one in the style of IAS Classic, and
/// one in that of the standards alone, as `VirtualCard.isoPKCS15` has it.
///
/// Where it does not, the difference is listed with its reason.
@Suite struct IsoAppletAgreementTests {
    private static let name: [UInt8] = [0xF2, 0x76, 0xA2, 0x88, 0xBC, 0xFB, 0xA6, 0x9D, 0x34, 0xF3, 0x10, 0x01]
    private static let pinFormat = ReferenceData.Format(lengths: 4...16, digitsOnly: true, paddedLength: 16, padding: 0x00)

    private struct Difference {
        let theirs: String
        let ours: String
        let reason: String
    }

    private static let earlyTemplate = Difference(
        theirs: "6982", ours: "9000", reason: "IsoApplet sets no environment without the PIN; ISO/IEC 7816-4, 11.5.11, asks for none")
    private static let keptTemplate = Difference(
        theirs: "6985", ours: "9000", reason: "so here the environment from before the PIN is still there")
    private static let warning = Difference(
        theirs: "9000", ours: "6282", reason: "the end of the file was reached before Le; ISO/IEC 7816-4, table 6, warns")

    private static let lastingLogin = Difference(
        theirs: "63C3", ours: "9000", reason: "here a login outlives a SELECT of the same application; IsoApplet never tells")

    /// Where the standards' own style answers otherwise than both.
    private static let differencesOfISO: [String: [Int: Difference]] = [
        "raw-le-and-transport": [11: warning],
        "raw-wrong-then-right-pin": [7: lastingLogin, 9: lastingLogin],
    ]

    /// Where IAS Classic does.
    private static let differencesOfIASClassic: [String: [Int: Difference]] = [
        "raw-le-and-transport": [
            20: Difference(theirs: "9000", ours: "6A86", reason: "the Uruguayan identity card selects by path from the master file only")
        ]
    ]

    /// Where we answer otherwise: by scenario and position in it.
    private static let differences: [String: [Int: Difference]] = [
        "raw-sign-rsa01": [1: earlyTemplate, 4: keptTemplate],
        "raw-sign-ec03": [1: earlyTemplate, 4: keptTemplate],
        "raw-wrong-then-right-pin": [
            5: Difference(theirs: "63C3", ours: "9000", reason: "IsoApplet never tells that the PIN was verified")
        ],
        "raw-le-and-transport": [
            23: Difference(theirs: "6982", ours: "6985", reason: "nothing waits for GET RESPONSE; the standard leaves the status open")
        ],
        "raw-unknown-aid": [
            0: Difference(theirs: "6999", ours: "6A82", reason: "the simulator has no application selected yet"),
            1: Difference(theirs: "6999", ours: "6A82", reason: "nor here"),
            6: Difference(theirs: "6882", ours: "6E00", reason: "a proprietary class; both refuse it"),
        ],
    ]

    /// Tree, sizes, PIN and keys (0 of RSA, 1 of P-256) as the recorded card has them.
    private func card(_ style: FileSystemStyle.Name, pin: String, keys: [CardKeyKind]) throws -> VirtualCard {
        var image = FileSystemImage(style)
        for kind in keys { image.add(key: kind == .p256 ? 0x01 : 0x00, try VirtualKey.generate(kind), access: .pin(0x01)) }
        image.add(directory: [0x5015], name: Self.name)
        image.add([0x5015, 0x3400], Array(repeating: 0x30, count: 0x0294))
        image.add([0x5015, 0x5031], Array(repeating: 0xA0, count: 64))
        let fresh = try #require(FreshReference(Array(pin.utf8), format: Self.pinFormat, maximumTries: 3))
        image.add(pin: 0x01, FreshPIN(pin: fresh, puk: fresh))
        return try .files(image)
    }

    /// Commands with the algorithm that IsoApplet calls 11 or 21 (tag `80` of the template) by the name that `style` has for
    /// it: the standard leaves the names to the card.
    private func translated(_ command: [UInt8], to style: FileSystemStyle.Name) throws -> [UInt8] {
        guard command.starts(with: [0x00, 0x22, 0x41, 0xB6]), command.count > 7, command[5] == 0x80 else { return command }
        let wanted: CardAlgorithm = command[7] == 0x21 ? .ecdsa : .rsaPKCS1(nil)
        var command = command
        command[7] = try #require(FileSystemStyle(style).algorithms.first { $0.value == wanted }?.key)
        return command
    }

    @Test(
        arguments: [
            ("raw-wrong-then-right-pin", []), ("raw-le-and-transport", []), ("raw-change-pin", []), ("raw-unknown-aid", []),
            ("raw-sign-rsa01", [.rsa2048]), ("raw-sign-ec03", [.p256]),
        ] as [(String, [CardKeyKind])], [FileSystemStyle.Name.iasClassic, .iso])
    func `our card answers as IsoApplet did`(scenario: (name: String, keys: [CardKeyKind]), style: FileSystemStyle.Name) throws {
        // IAS Classic has no elliptic curves, and takes no DigestInfo.
        if style == .iasClassic, !scenario.keys.isEmpty { return }
        let (scenario, keys) = scenario
        let recording = try Recording("isoapplet-v0", scenario)
        let card = try card(style, pin: recording.pin, keys: keys)
        let ofStyle = style == .iso ? Self.differencesOfISO : Self.differencesOfIASClassic
        let known = (Self.differences[scenario] ?? [:]).merging(ofStyle[scenario] ?? [:]) { $1 }
        var compared = 0
        for (position, exchange) in recording.exchanges.enumerated() {
            let theirs = try ResponseAPDU(parsing: exchange.response.bytes).status
            let ours = try ResponseAPDU(parsing: card.process(translated(exchange.command.bytes, to: style))).status
            let place = "\(style) \(scenario) \(position): \(exchange.command.bytes.hexadecimal)"
            if let known = known[position] {
                #expect(theirs.description == known.theirs && ours.description == known.ours, "\(place): \(ours), \(known.reason)")
                continue
            }
            // A template longer than Le waits here; IsoApplet gives it whole.
            #expect(ours == theirs || StatusWord.moreData ~= ours && theirs == .success, "\(place): \(ours), not \(theirs)")
            compared += 1
        }
        #expect(compared > 3)
    }
}
