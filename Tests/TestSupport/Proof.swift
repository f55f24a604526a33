import Foundation

/// Exhaustive proofs: whole under `make prove`, a seeded sample under `make test`.
public enum Proof {
    /// Whether proofs run whole: the environment says `TESSERA_PROVE=1`.
    public static var isWhole: Bool { ProcessInfo.processInfo.environment["TESSERA_PROVE"] == "1" }

    /// All of `cases`, or as many as `sample` says, the first and the last among them and the same ones every time.
    public static func cases<Element>(_ cases: some Collection<Element>, sample: Int, seed: UInt64 = 1) -> [Element] {
        let all = Array(cases)
        guard !isWhole, all.count > sample, let first = all.first, let last = all.last else { return all }
        var generator = SeededGenerator(seed: seed)
        return [first] + (0..<max(0, sample - 2)).map { _ in all[Int.random(in: 0..<all.count, using: &generator)] } + [last]
    }
}

/// The same numbers every time: SplitMix64 (Steele, Lea, Flood 2014).
public struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    /// Numbers that depend on `seed` alone.
    public init(seed: UInt64) { state = seed }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}
