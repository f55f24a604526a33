internal import ISO7816

/// All that an emulated card is at one moment, without power: what a copy of it has to know.
public struct CardSnapshot: Sendable {
    /// Which card it is.
    public let model: CardModel
    /// What it says of itself after power-on.
    let atr: ATR
    /// Whether it takes Lc and Le of two bytes, unless it speaks T=0 alone.
    let takesExtendedLength: Bool
    /// Its lasting memory.
    let cells: [String: CardMemory.Value]

    init(_ model: CardModel, atr: ATR, takesExtendedLength: Bool, cells: [String: CardMemory.Value]) {
        self.model = model
        self.atr = atr
        self.takesExtendedLength = takesExtendedLength
        self.cells = cells
    }

    /// The same card, with the root certificate of who issued its certificates, DER, for whoever opens its file later.
    public func issued(by root: [UInt8]) -> CardSnapshot { with(cells.merging([CardModel.issuerCell: .bytes(root)]) { $1 }) }

    /// The same card with another memory.
    func with(_ cells: [String: CardMemory.Value]) -> CardSnapshot {
        CardSnapshot(model, atr: atr, takesExtendedLength: takesExtendedLength, cells: cells)
    }
}

extension VirtualCard {
    /// Which card it is; `nil` for one whose applications are not of this library.
    public var model: CardModel? { CardModel(of: memory) }

    /// A copy of the card as it is now; `nil` for one whose applications are not of this library.
    public var snapshot: CardSnapshot? {
        model.map { CardSnapshot($0, atr: atr, takesExtendedLength: rules.takesExtendedLength, cells: memory.contents) }
    }

    /// The root certificate of who issued the card's certificates, DER; `nil` when it is not known.
    public var issuer: [UInt8]? { memory.bytes(CardModel.issuerCell) }

    /// A card of its own that begins as the copy was; it lasts as long as the process.
    ///
    /// - Throws: ``CardStateError/unusable(_:)``.
    public convenience init(
        _ snapshot: CardSnapshot, randomness: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) throws(CardStateError) {
        try self.init(snapshot, memory: CardMemory(snapshot.cells), randomness: randomness)
    }

    /// The card that is in `memory`, which began as the copy was.
    convenience init(
        _ snapshot: CardSnapshot, memory: CardMemory, randomness: any RandomNumberGenerator & Sendable
    ) throws(CardStateError) {
        self.init(
            atr: snapshot.atr, applets: try snapshot.model.applets(in: memory, randomness), extendedLength: snapshot.takesExtendedLength,
            memory: memory)
    }

    /// Makes the card what the copy was, wherever it is; for programs it is a reset.
    ///
    /// - Throws: ``CardStateError``: the copy is another kind of card's, or the card's file cannot be written.
    public func restore(
        _ snapshot: CardSnapshot, randomness: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) throws(CardStateError) {
        guard let model, snapshot.model == model, snapshot.atr == atr, snapshot.takesExtendedLength == rules.takesExtendedLength else {
            throw .otherCard
        }
        try replaceMemory(with: snapshot.cells) { memory throws(CardStateError) in try model.applets(in: memory, randomness) }
    }
}
