import Foundation
import TestSupport
import Testing

@testable import DeviceProtocol

/// Java, which has a table of ISO 4217 of its own, gives each currency the same decimals.
@Suite struct JavaCurrencyTests {
    /// What Java's table leaves out: Uruguay's index unit of wages, in which nobody is paid.
    private static let gap: Set<String> = ["UYW"]

    @Test func `Java agrees on every currency's decimals, and knows all but one`() async throws {
        let judge = Fixture.folder.deletingLastPathComponent().appending(path: "Tests/PeerTests/CurrencyJudge.java").path
        var theirs: [String: Int] = [:]
        var unknown: Set<String> = []
        for line in try await Program.lines("java", [judge] + Currency.exponents.keys.sorted()) {
            let words = line.split(separator: " ").map(String.init)
            try #require(words.count == 2, "\(line)")
            if words[1] == "unknown" { unknown.insert(words[0]) } else { theirs[words[0]] = Int(words[1]) }
        }
        #expect(unknown.isSubset(of: Self.gap), "\(unknown)")
        #expect(theirs == Currency.exponents.filter { !unknown.contains($0.key) })
    }
}
