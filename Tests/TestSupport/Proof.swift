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
