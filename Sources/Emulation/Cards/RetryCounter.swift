/// How often a PIN or PUK of an emulated card may still be wrong, as the card's lasting memory has it.
public struct RetryCounter: Hashable, Sendable {
    /// What the card's memory calls the PIN or PUK: `PIV PIN`, `PUK 01`.
    public let name: String
    /// Comparisons left; zero is blocked.
    public let triesLeft: Int
    /// What a right PIN brings it back to.
    public let maximum: Int
}

extension VirtualCard {
    /// The counters of all PINs and PUKs, ordered by their names; read from memory, without asking the card or its power.
    public var retryCounters: [RetryCounter] {
        memory.contents.compactMap { cell, value in
            guard let name = ReferenceData.name(ofTries: cell), case .bytes(let bytes) = value, bytes.count == 2 else { return nil }
            return RetryCounter(name: name, triesLeft: Int(bytes[0]), maximum: Int(bytes[1]))
        }.sorted { $0.name < $1.name }
    }
}
