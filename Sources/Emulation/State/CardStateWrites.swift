/// How the writes of a card's file have gone since it was opened.
///
/// The card's programs only see `6581`; who emulates it finds out here why.
public struct CardStateWrites: Hashable, Sendable {
    /// How many have failed.
    public private(set) var failures = 0
    /// Why the latest of them failed; `nil` while none has.
    public private(set) var lastFailure: CardMemoryError?
    /// Whether the latest write failed.
    public private(set) var isFailing = false

    /// All have gone well.
    public init() {}

    mutating func succeed() { isFailing = false }

    mutating func fail(_ error: CardMemoryError) {
        failures += 1
        lastFailure = error
        isFailing = true
    }
}
