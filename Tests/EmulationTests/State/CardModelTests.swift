import Foundation
import ISO7816
import SwiftASN1
import Testing
import X509

@testable import Emulation

@Suite struct CardModelTests {
    /// The applications that the cards have, and how each answers to a VERIFY without data.
    private static let names: [CardModel: (aid: String, query: String, tries: String)] = [
        .luxTrustSmartcard: ("A00000001840000001634200", "0020001100", "63C5"),
        .luxTrustStick: ("A0000000180C000001634200", "0020001100", "63C5"),
        .luxembourgEID: ("A00000001840000001634200", "0020001100", "6982"),
        .piv: ("A000000308000010000100", "0020008000", "63C5"),
        .pkcs15: ("A000000063504B43532D3135", "0020000100", "63C5"),
    ]

    @Test(arguments: CardModel.allCases)
    func `one line makes a card that lasts`(model: CardModel) throws {
        let (aid, query, tries) = try #require(Self.names[model])
        let name = try #require([UInt8](hexadecimal: aid))
        let card = try VirtualCard(model, holder: "Test Holder", now: TestCards.now)
        #expect(card.model == model)
        let root = try Certificate(derEncoded: #require(card.issuer))
        #expect("\(root.subject)".contains("Tessera Test"))
        // The same card three times: as it was made, its copy, and from its file.
        let path = FileManager.default.temporaryDirectory.appending(path: "tessera-model-\(UUID().uuidString)").path
        defer { for name in [path, path + ".lock"] { try? FileManager.default.removeItem(atPath: name) } }
        let snapshot = try #require(card.snapshot)
        let file = try CardStateFile.create(at: path, snapshot)
        file.close()
        let opened = try CardStateFile.open(at: path)
        for one in [card, try VirtualCard(snapshot), opened.card] {
            #expect(one.atr == card.atr)
            #expect(one.rules == card.rules)
            one.powerOn()
            let select = try one.raw("00A40400" + [UInt8(name.count)].hexadecimal + aid)
            #expect(select.hasSuffix("9000") || select.hasPrefix("61"), "\(select)")
            #expect(try one.raw(one.rules.isT0 ? String(query.prefix(8)) : query) == tries)
        }
        #expect(opened.card.model == model)
    }

    @Test func `who knows a bank's cards from hearsay says so`() {
        #expect(CardModel.allCases.filter(\.isInferred) == [.luxTrustSmartcard, .luxTrustStick, .luxembourgEID])
    }

    @Test func `two cards of one authority, and none of a name that no certificate has`() throws {
        let authority = try TestCards.authority()
        let card = try VirtualCard(.luxTrustSmartcard, holder: "Jo Test", authority: authority, now: TestCards.now)
        #expect(card.issuer == authority.root)
        #expect(throws: PersonalisationError.self) { try VirtualCard(.piv, holder: "", authority: authority, now: TestCards.now) }
        #expect(throws: PersonalisationError.unsuitablePIN) { try VirtualCard(.piv, holder: "Jo Test", pin: "12", now: TestCards.now) }
    }

    @Test func `a memory of another kind makes no card of this one`() throws {
        let piv = try #require(TestCards.unpowered().snapshot)
        let wrong = CardSnapshot(.pkcs15, atr: piv.atr, takesExtendedLength: true, cells: piv.cells)
        #expect(throws: CardStateError.unusable("its cells are not those of \"pkcs15\"")) { try VirtualCard(wrong) }
        #expect(throws: CardStateError.unusable("its cells are not those of \"piv\"")) { try VirtualCard(piv.with([:])) }
    }
}
