import Foundation
import ISO7816
import TestSupport
import Testing

@testable import Emulation

/// PivApplet, a PIV card that others wrote, was asked; our card gets the same commands and gives the same status words.
///
/// Where it does not, the difference is listed with its reason.
@Suite struct RecordedAgreementTests {
    private struct Difference {
        let theirs: String
        let ours: String
        let reason: String
    }

    /// Where we answer otherwise: by scenario and position in it.
    private static let differences: [String: [Int: Difference]] = [
        "raw-le-and-transport": [
            3: Difference(theirs: "6D00", ours: "9000", reason: "the applet reads no extended SELECT"),
            31: Difference(theirs: "61A4", ours: "6985", reason: "what waits does not survive another command here"),
            32: Difference(theirs: "9000", ours: "6D00", reason: "Yubico's version is not in the standard"),
            33: Difference(theirs: "9000", ours: "6D00", reason: "nor is its serial number"),
            34: Difference(theirs: "9000", ours: "6D00", reason: "nor its metadata"),
        ],
        "raw-sign-9A": [1: Difference(theirs: "6982", ours: "9000", reason: "a missing PIN shows at the last part of a chain here")],
    ]

    /// The commands with their final status: what GET RESPONSE brought belongs to the command before.
    private func statuses(_ recording: Recording) throws -> [(command: [UInt8], position: Int, status: StatusWord)] {
        var result: [(command: [UInt8], position: Int, status: StatusWord)] = []
        for (position, exchange) in recording.exchanges.enumerated() {
            let command = exchange.command.bytes
            let status = try ResponseAPDU(parsing: exchange.response.bytes).status
            if command[1] == 0xC0, let last = result.indices.last, StatusWord.moreData ~= result[last].status {
                result[last].status = status
            } else {
                result.append((command, position, status))
            }
        }
        return result
    }

    private func card(_ kind: CardKeyKind, pin: String) throws -> VirtualCard {
        let pin = try #require(FreshReference(Array(pin.utf8), format: PIVApplet.pinFormat, maximumTries: 5))
        let puk = try #require(FreshReference(Array("12345678".utf8), format: PIVApplet.pukFormat, maximumTries: 5))
        let card = try VirtualCard.piv(TestCards.content(kind), pin: pin, puk: puk)
        card.powerOn()
        return card
    }

    private func finalStatus(_ card: VirtualCard, _ command: [UInt8]) throws -> StatusWord {
        var response = try ResponseAPDU(parsing: card.process(command))
        while StatusWord.moreData ~= response.status { response = try ResponseAPDU(parsing: card.process([0x00, 0xC0, 0x00, 0x00, 0x00])) }
        return response.status
    }

    @Test(
        arguments: [
            ("raw-le-and-transport", .rsa2048), ("raw-sign-9A", .rsa2048), ("raw-sign-9C", .p256), ("raw-sign-9D", .p256),
            ("raw-sign-9E", .rsa2048),
            ("raw-wrong-then-right-pin", .p256),
        ] as [(String, CardKeyKind)])
    func `our card answers as PivApplet did`(scenario: String, kind: CardKeyKind) throws {
        let recording = try Recording("pivapplet", scenario)
        let card = try card(kind, pin: recording.pin)
        let resets = (recording.events ?? []).filter { $0.name.contains("reset") }.map(\.position)
        var compared = 0
        var previous = -1
        for (command, position, theirs) in try statuses(recording) {
            if resets.contains(where: { $0 > previous && $0 <= position }) { card.reset() }
            previous = position
            let ours = try finalStatus(card, command)
            let place = "\(scenario) \(position): \(command.hexadecimal)"
            if let known = Self.differences[scenario]?[position] {
                #expect(theirs.description == known.theirs && ours.description == known.ours, "\(place): \(known.reason)")
            } else {
                // An answer whose rest nobody fetched was a success.
                #expect(ours == (StatusWord.moreData ~= theirs ? .success : theirs), "\(place)")
                compared += 1
            }
        }
        #expect(compared > 3)
    }

    @Test func `with Yubico's extensions, version, serial number and metadata are answered as PivApplet did`() throws {
        let card = try TestCards.powered(.rsa2048, options: PIVOptions(extensions: .yubico))
        let asked = try statuses(Recording("pivapplet", "raw-le-and-transport")).filter { [0xFD, 0xF8, 0xF7].contains($0.command[1]) }
        #expect(asked.count == 3)
        for (command, _, theirs) in asked {
            #expect(try finalStatus(card, command) == (StatusWord.moreData ~= theirs ? .success : theirs), "\(command.hexadecimal)")
        }
    }
}
