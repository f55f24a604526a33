extension CardModel {
    /// The cell with the root certificate of who issued the card's certificates, which a tester hands to the bank.
    static let issuerCell = "issuer"

    /// The card whose memory this is; `nil` when it is none of this library's.
    init?(of memory: CardMemory) {
        guard memory.bytes("\(PIVCells.pin) tries") != nil else { return nil }
        self = .piv
    }

    /// The applications of the card that is in `memory`.
    ///
    /// - Throws: ``CardStateError/unusable(_:)`` when there is another card, or none.
    func applets(
        in memory: CardMemory, _ randomness: any RandomNumberGenerator & Sendable
    ) throws(CardStateError) -> [any CardApplet] {
        guard CardModel(of: memory) == self else { throw .unusable("its cells are not those of \"\(rawValue)\"") }
        return [PIVApplet(memory: memory, randomness: randomness)]
    }
}
