internal import ISO7816

/// Watches over a card in a virtual reader: every insertion has a number of its own, so a card that left is never back.
struct VirtualWitness: CardWitness {
    let insertion: Int
    let reader: String
    let source: VirtualReaders

    func isSameCard() async -> Bool { source.insertion(in: reader) == insertion }
}
