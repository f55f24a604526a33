extension CardModel {
    /// The cell with the root certificate of who issued the card's certificates, which a tester hands to the bank.
    static let issuerCell = "issuer"

    /// The card whose memory this is; `nil` when it is none of this library's.
    init?(of memory: CardMemory) {
        if memory.bytes("\(PIVCells.pin) tries") != nil {
            self = .piv
        } else if let plan = memory.bytes(FileSystemPlan.cell).flatMap(FileSystemPlan.init(parsing:)) {
            switch plan.style {
            case .iso, .osEID: self = .pkcs15
            case .iasClassic: self = .luxTrustSmartcard
            case .classicV3: self = .luxTrustStick
            case .closed: self = .luxembourgEID
            }
        } else {
            return nil
        }
    }

    /// The applications of the card that is in `memory`.
    ///
    /// - Throws: ``CardStateError/unusable(_:)`` when there is another card, or none.
    func applets(
        in memory: CardMemory, _ randomness: any RandomNumberGenerator & Sendable
    ) throws(CardStateError) -> [any CardApplet] {
        guard CardModel(of: memory) == self else { throw .unusable("its cells are not those of \"\(rawValue)\"") }
        if self == .piv { return [PIVApplet(memory: memory, randomness: randomness)] }
        guard let files = FileSystemApplet(memory, randomness: randomness) else { throw .unusable("its file system is none") }
        return [files]
    }
}
