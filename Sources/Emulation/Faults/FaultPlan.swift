/// What goes wrong with a card by itself: the worst moment, the same way every time.
///
/// Printable and readable, so that a failed run can be repeated from one line:
///
/// ```
/// plan     = "none" / fault *("; " fault)
/// fault    = effect " " ("before" / "after") " " occasion
/// effect   = "pull" / "power loss" / "reset" / "other program resets" / "other program selects" / "garbage"
///          / "empty answer" / "status " 4HEXDIG / lie / "delay " 1*DIGIT " ms" / "stuck"
/// lie      = a name of CardLie: "truncated answer", "endless 61xx", …
/// occasion = "APDU " n / name " " n / "INS " 2HEXDIG " " n / "write " n / "chance " p " seed " s
/// name     = "VERIFY" / "SELECT" / "READ BINARY" / "GENERAL AUTHENTICATE" / …
/// ```
///
/// n counts from 1 and from the insertion on; only pull and power loss happen at a write. Where several faults meet at one
/// command, they happen in the order of the plan.
public struct FaultPlan: Hashable, Sendable {
    /// Nothing happens by itself.
    public static let none = FaultPlan([])

    /// What goes wrong, in this order where it meets.
    public let faults: [Fault]

    /// A plan of these faults.
    public init(_ faults: [Fault]) { self.faults = faults }

    /// The card is gone when the nth APDU arrives (counted from 1, from insertion on); it never ran.
    public static func pullBefore(_ number: Int) -> FaultPlan { FaultPlan([Fault(unchecked: .pull, .before, .command(number))]) }

    /// The nth APDU runs, and its answer is lost with the card.
    public static func pullAfter(_ number: Int) -> FaultPlan { FaultPlan([Fault(unchecked: .pull, .after, .command(number))]) }
}

extension FaultPlan: LosslessStringConvertible {
    /// Reads what ``description`` printed; `nil` for anything that the grammar does not have.
    public init?(_ description: String) {
        if description == "none" {
            self = .none
            return
        }
        var faults: [Fault] = []
        for line in description.split(separator: "; ", omittingEmptySubsequences: false) {
            guard let fault = Fault(String(line)) else { return nil }
            faults.append(fault)
        }
        self.init(faults)
    }

    /// One line: `pull before APDU 3; garbage after VERIFY 1`.
    public var description: String { faults.isEmpty ? "none" : faults.map(\.description).joined(separator: "; ") }
}
