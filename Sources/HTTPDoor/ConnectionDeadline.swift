/// Until when a connection must have come further.
///
/// A value that takes events and says how long from now the next step may take; ``ConnectionGuard`` keeps the clock.
/// While a complete request waits for its answer nothing is expected of the client.
struct ConnectionDeadline {
    /// What becomes of the deadline.
    enum Change: Equatable {
        case stays
        case off
        case within(Duration)
    }

    private enum Phase { case idle, head, body, closing }

    private let limits: DoorLimits
    private var phase = Phase.head
    private var unanswered = 0
    private var answeredEarly = false

    init(_ limits: DoorLimits) { self.limits = limits }

    /// The connection is open: a TLS handshake and the header fields of a first request are due.
    func opened() -> Change { .within(limits.headerTime) }

    /// Bytes have come.
    mutating func received() -> Change {
        guard phase == .idle else { return .stays }
        phase = .head
        return unanswered == 0 ? .within(limits.headerTime) : .stays
    }

    /// The header fields of a request are complete.
    mutating func head() -> Change {
        guard phase != .closing else { return .stays }
        phase = .body
        return unanswered == 0 ? .within(limits.bodyTime) : .stays
    }

    /// A request is complete.
    mutating func end() -> Change {
        guard phase != .closing else { return .stays }
        phase = .idle
        guard !answeredEarly else {
            answeredEarly = false
            return .within(limits.idleTime)
        }
        unanswered += 1
        return .off
    }

    /// An answer is complete.
    ///
    /// - Parameter isLast: whether it says that the connection closes: what the client still sends is thrown away, for this long.
    mutating func answered(isLast: Bool = false) -> Change {
        guard !isLast, phase != .closing else {
            defer { phase = .closing }
            return phase == .closing ? .stays : .within(limits.headerTime)
        }
        if unanswered > 0 {
            unanswered -= 1
        } else {
            answeredEarly = phase == .body
        }
        guard unanswered == 0 else { return .stays }
        switch phase {
        case .idle: return .within(limits.idleTime)
        case .head, .body: return .within(limits.headerTime)
        case .closing: return .stays
        }
    }
}
