/// The life of an enrolment as one table: which event leads from which state to which, and nothing else does.
///
/// `Docs/Enrolment.md` holds the same table for people; a test compares the two.
public struct Lifecycle: Sendable {
    /// What happens to an enrolment.
    public enum Event: String, Sendable, Codable, CaseIterable {
        /// The person has proved that they hold the device and what the order letter says.
        case activate
        /// Lost, stolen, or under suspicion.
        case suspend
        /// Too many consecutive wrong answers (RTS Art. 4(3)(b)).
        case block
        /// The time of a temporary block is over.
        case lapse
        /// The person was made sure of by another device, a helpdesk code, the order letter's code, or by the bank.
        case reactivate
        /// What is known of wrong answers and of the device's clock is forgotten.
        case reset
        /// Its validity begins anew before it ends.
        case renew
        /// It ends for good.
        case revoke
        /// It was not activated in time, or its validity is over.
        case expire
        /// Another device takes its place.
        case replace
    }

    /// One row of the table.
    public struct Transition: Hashable, Sendable {
        /// Where it begins.
        public let from: Enrolment.State
        /// What happens.
        public let event: Event
        /// Where it leads.
        public let to: Enrolment.State
        /// What it is called.
        public let name: String
    }

    /// Every transition that there is.
    public static let table: [Transition] = [
        row(.ordered, .activate, .active, "activated within its time"),
        row(.ordered, .revoke, .revoked, "order cancelled"),
        row(.ordered, .expire, .expired, "not activated in time"),
        row(.active, .suspend, .suspended, "suspended"),
        row(.active, .block, .blocked, "blocked after wrong answers"),
        row(.active, .reset, .active, "wrong answers and drift forgotten"),
        row(.active, .renew, .active, "renewed before its end"),
        row(.active, .revoke, .revoked, "revoked"),
        row(.active, .expire, .expired, "validity over"),
        row(.active, .replace, .replaced, "replaced by another device"),
        row(.suspended, .suspend, .suspended, "suspended for another reason"),
        row(.suspended, .reactivate, .active, "re-activated"),
        row(.suspended, .revoke, .revoked, "revoked while suspended"),
        row(.suspended, .expire, .expired, "validity over while suspended"),
        row(.suspended, .replace, .replaced, "replaced while suspended"),
        row(.blocked, .lapse, .active, "block's time over"),
        row(.blocked, .reactivate, .active, "unblocked"),
        row(.blocked, .suspend, .suspended, "suspended while blocked"),
        row(.blocked, .revoke, .revoked, "revoked while blocked"),
        row(.blocked, .expire, .expired, "validity over while blocked"),
        row(.blocked, .replace, .replaced, "replaced while blocked"),
    ]

    /// The row for an event in a state; `nil` when that cannot happen.
    public static func transition(from state: Enrolment.State, on event: Event) -> Transition? {
        table.first { $0.from == state && $0.event == event }
    }

    private static func row(_ from: Enrolment.State, _ event: Event, _ to: Enrolment.State, _ name: String) -> Transition {
        Transition(from: from, event: event, to: to, name: name)
    }
}

extension Enrolment.State {
    /// Whether nothing leads out of it.
    public var isFinal: Bool { !Lifecycle.table.contains { $0.from == self } }
}
