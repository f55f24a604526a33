import Emulation
import Foundation
import TestSupport
import Testing

/// `Docs/ScanChallenge.md` names every reason that a display gives, in its words.
@Suite struct ScanRefusalDocumentTests {
    @Test(arguments: ScanRefusal.allCases)
    func `every refusal stands in the description's table of errors`(refusal: ScanRefusal) throws {
        let file = Fixture.folder.deletingLastPathComponent().appending(path: "Docs/ScanChallenge.md")
        let document = try String(contentsOf: file, encoding: .utf8)
        #expect(document.contains(" | \(refusal) |\n"))
    }
}
