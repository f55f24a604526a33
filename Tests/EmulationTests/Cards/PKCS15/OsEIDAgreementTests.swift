import Foundation
import ISO7816
import TestSupport
import Testing

@testable import Emulation

/// OsEID, a PKCS#15 card that others wrote, was asked; our card gets the same commands and gives the same status words.
///
/// Where it does not, the difference is listed with its reason.
@Suite struct OsEIDAgreementTests {
    private struct Difference {
        let theirs: String
        let ours: String
        let reason: String
    }

    private static let noSuchDirectory = Difference(
        theirs: "9000", ours: "6A82", reason: "their card has directories of trusted certificates and of data, ours has none")

    /// Where we answer otherwise: by scenario and position in it.
    private static let differences: [String: [Int: Difference]] = [
        "read-certificate-01-opensc23": [17: noSuchDirectory],
        "sign-rsa01-rsa-pkcs-opensc23": [38: noSuchDirectory, 48: noSuchDirectory, 55: noSuchDirectory],
        "sign-ec03-ecdsa-opensc23": [38: noSuchDirectory, 48: noSuchDirectory, 55: noSuchDirectory],
        "list-pkcs15-tool-opensc23": [28: noSuchDirectory, 42: noSuchDirectory, 52: noSuchDirectory],
        "raw-le-and-transport": [
            15: Difference(theirs: "6282", ours: "9000", reason: "our certificate is longer than theirs"),
            29: Difference(theirs: "9000", ours: "6A88", reason: "what this object of theirs means is not known"),
        ],
    ]

    @Test(
        arguments: [
            ("raw-le-and-transport", .rsa2048), ("raw-sign-rsa01", .rsa2048), ("raw-sign-ec03", .p256), ("raw-unknown-aid", .p256),
            ("raw-wrong-then-right-pin", .p256), ("raw-change-pin", .p256), ("change-pin-there-opensc23", .p256),
            ("wrong-pin-opensc23", .p256), ("right-pin-opensc23", .p256), ("read-certificate-01-opensc23", .rsa2048),
            ("sign-rsa01-rsa-pkcs-opensc23", .rsa2048), ("sign-ec03-ecdsa-opensc23", .p256), ("list-pkcs15-tool-opensc23", .p256),
        ] as [(String, CardKeyKind)])
    func `our card answers as OsEID did`(scenario: String, kind: CardKeyKind) throws {
        let recording = try Recording("oseid", scenario)
        let card = try TestFileCards.osEID(kind, pin: recording.pin)
        let resets = (recording.events ?? []).filter { $0.name.contains("reset") }.map(\.position)
        var compared = 0
        for (position, exchange) in recording.exchanges.enumerated() {
            if resets.contains(position) { card.reset() }
            let theirs = try ResponseAPDU(parsing: exchange.response.bytes)
            let ours = try ResponseAPDU(parsing: card.process(exchange.command.bytes))
            // OpenSC reads to the end of files that are longer or shorter here; the raw conversation tells how reading ends.
            if exchange.command.bytes[1] == 0xB0, !scenario.hasPrefix("raw") { continue }
            let place = "\(scenario) \(position): \(exchange.command.bytes.hexadecimal)"
            if let known = Self.differences[scenario]?[position] {
                #expect(theirs.status.description == known.theirs && ours.status.description == known.ours, "\(place): \(known.reason)")
                continue
            }
            #expect(Self.kind(of: ours.status) == Self.kind(of: theirs.status), "\(place): \(ours.status), not \(theirs.status)")
            // Whether there is data is part of the answer; how much depends on what is in the files.
            #expect(ours.data.isEmpty == theirs.data.isEmpty, "\(place)")
            compared += 1
        }
        #expect(compared > 3)
    }

    /// How many bytes wait is no behaviour, but the length of a template.
    private static func kind(of status: StatusWord) -> String {
        StatusWord.moreData ~= status ? "61xx" : status.description
    }
}
