import Crypto
import Testing
import TestSupport

@testable import Verification

@Suite struct SecretImageSetTests {
    private static let key = SymmetricKey(data: [UInt8](repeating: 3, count: 32))
    private static let names = (1...70).map { "picture \($0)" }

    private func set(_ names: [String] = names, key: SymmetricKey = key) throws -> SecretImageSet {
        try SecretImageSet(names, decoyKey: key)
    }

    @Test func `a set has sixty pictures or more, each with its own name, and a strong key`() throws {
        #expect(throws: SecretImageRefusal.tooFewPictures(59)) { try set(Array(Self.names.prefix(59))) }
        #expect(throws: Never.self) { try set(Array(Self.names.prefix(60))) }
        #expect(throws: SecretImageRefusal.sameNames) { try set(Self.names + ["picture 7"]) }
        #expect(throws: SecretImageRefusal.weakKey(bits: 120)) { try set(key: SymmetricKey(data: [UInt8](repeating: 1, count: 15))) }
    }

    @Test func `a stranger is shown the same picture every time, by any server with the key`() throws {
        let (one, other) = (try set(), try set())
        for user in ["alice", "", "no such user", "東京", String(repeating: "x", count: 10_000)] {
            #expect(one.decoy(for: user) == other.decoy(for: user))
            #expect(Self.names.contains(one.decoy(for: user)))
        }
    }

    @Test func `who has not the key cannot tell which picture a stranger is shown`() throws {
        let (one, other) = (try set(), try set(key: SymmetricKey(data: [UInt8](repeating: 4, count: 32))))
        let agreeing = (0..<200).filter { one.decoy(for: "user \($0)") == other.decoy(for: "user \($0)") }
        // 200 / 70 by chance; 15 or more have a probability below 10^-6.
        #expect(agreeing.count < 15)
    }

    @Test func `a set that grows changes a stranger's picture for few, and to the new one`() throws {
        let (before, after) = (try set(), try set(Self.names + ["the new one"]))
        let users = (0..<700).map { "user \($0)" }
        let changed = users.filter { before.decoy(for: $0) != after.decoy(for: $0) }
        #expect(changed.allSatisfy { after.decoy(for: $0) == "the new one" })
        #expect((1...30).contains(changed.count))
    }

    @Test func `the order of the names does not matter`() throws {
        let (one, other) = (try set(), try set(Self.names.reversed()))
        for user in 0..<50 { #expect(one.decoy(for: "user \(user)") == other.decoy(for: "user \(user)")) }
    }

    /// Pearson's chi-squared of how often each name was drawn, against each as often; its mean is the number of names less one.
    private func chiSquared(_ drawn: [String]) -> Double {
        let expected = Double(drawn.count) / Double(Self.names.count)
        let counts = Dictionary(drawn.map { ($0, 1.0) }, uniquingKeysWith: +)
        return Self.names.reduce(0) { $0 + ((counts[$1] ?? 0) - expected) * ((counts[$1] ?? 0) - expected) / expected }
    }

    @Test func `strangers' pictures are spread as those of people who chose among nine`() throws {
        let set = try set()
        var random = SeededGenerator(seed: 9)
        let chosen = (0..<2800).compactMap { _ in set.draw(SecretImageSet.offerCount, using: &random).randomElement(using: &random) }
        let decoys = (0..<2800).map { set.decoy(for: "user-\($0)") }
        // 69 degrees of freedom: 69 ± 12; 140 is beyond the 10^-6 point.
        #expect(chiSquared(chosen) < 140 && chiSquared(decoys) < 140)
        // The test can tell: one picture that is shown three times as often stands out.
        #expect(chiSquared(decoys + [String](repeating: "picture 1", count: 120)) > 140)
    }

    @Test func `the nine are different, and every picture comes up`() throws {
        let set = try set()
        var random = SeededGenerator(seed: 1)
        let offers = (0..<300).map { _ in set.draw(SecretImageSet.offerCount, using: &random) }
        #expect(offers.allSatisfy { Set($0).count == 9 })
        #expect(Set(offers.joined()) == Set(Self.names))
    }
}
