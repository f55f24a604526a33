/// When a card is pulled out of its reader by itself: the worst moment, the same way every time.
///
/// Printable and readable (`pull after APDU 3`), so that a failed run can be repeated from one line.
public enum FaultPlan: Hashable, Sendable {
    /// Nothing happens by itself.
    case none
    /// The card is gone when the nth APDU arrives (counted from 1, from insertion on); it never ran.
    case pullBefore(Int)
    /// The nth APDU runs, and its answer is lost with the card.
    case pullAfter(Int)
}

extension FaultPlan: LosslessStringConvertible {
    /// Reads what ``description`` printed; `nil` for anything else.
    public init?(_ description: String) {
        let words = description.split(separator: " ")
        if words == ["none"] {
            self = .none
            return
        }
        guard words.count == 4, words[0] == "pull", words[2] == "APDU", let number = Int(words[3]), number > 0 else { return nil }
        switch words[1] {
        case "before": self = .pullBefore(number)
        case "after": self = .pullAfter(number)
        default: return nil
        }
    }

    /// One line: `pull before APDU 3`.
    public var description: String {
        switch self {
        case .none: "none"
        case .pullBefore(let number): "pull before APDU \(number)"
        case .pullAfter(let number): "pull after APDU \(number)"
        }
    }
}
