/// Knows whether the card in a reader is still the one that was there before, without asking the card.
///
/// What was read of a card may be used again only as long as a witness vouches for it: cards of two people answer alike.
public protocol CardWitness: Sendable {
    /// Whether, since the witness was called, the card has never left its reader and nobody lost sight of it.
    func isSameCard() async -> Bool
}
