import CoreMetrics
import DeviceProtocol
import Logging

/// Names and dimensions of what is counted, and how events are written.
///
/// Every dimension has few values, none of which names a person, a device or an account.
struct Observations: Sendable {
    private let metrics: any MetricsFactory
    private let log: Logger?

    init(_ metrics: any MetricsFactory, _ log: Logger?) {
        self.metrics = metrics
        self.log = log
    }

    /// Tells what is durable now.
    func tell(_ happening: Happening) {
        switch happening {
        case .begun(let content): count("tessera_operations_begun", [("content", content)])
        case .ended(let content, let outcome): count("tessera_operations_ended", [("content", content), ("outcome", outcome)])
        case .audited(let event):
            count("tessera_audit_events", [("kind", event.kind.rawValue)])
            if event.kind == .blocked { count("tessera_blocks", [("what", event.device == nil ? "person" : "device")]) }
            guard let log else { return }
            var metadata: Logger.Metadata = ["at": "\(event.at.auditMilliseconds)", "detail": "\(event.detail)"]
            if let operation = event.operation { metadata["operation"] = "\(operation)" }
            log.log(level: event.kind.level, "\(event.kind.rawValue)", metadata: metadata)
        }
    }

    /// Tells how long a transaction took, with the wait for its turn and for the disk.
    func took(_ duration: Duration, _ what: String) {
        Timer(label: "tessera_store_duration", dimensions: [("transaction", what)], factory: metrics).recordNanoseconds(
            duration.nanoseconds)
    }

    /// Tells that a transaction was not carried out.
    func failed(_ error: StoreError, _ what: String) {
        count("tessera_store_errors", [("transaction", what), ("error", error.kindName)])
        // Who broke off knows, and a conflict is a decision.
        switch error {
        case .cancelled, .conflict: break
        default: log?.error("\(error.kindName)", metadata: ["transaction": "\(what)", "reason": "\(error)"])
        }
    }

    private func count(_ label: String, _ dimensions: [(String, String)]) {
        Counter(label: label, dimensions: dimensions, factory: metrics).increment()
    }
}

extension Duration {
    /// Whole nanoseconds; the most that there are for what is longer than 292 years.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, isTooLong) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, isTooLongToo) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return isTooLong || isTooLongToo ? .max : sum
    }
}

extension Challenge.Content {
    /// The kind alone.
    package var kindName: String {
        switch self {
        case .login: "login"
        case .payment: "payment"
        case .batch: "batch"
        case .beneficiary: "beneficiary"
        case .activation: "activation"
        }
    }
}

extension StoreError {
    /// The kind alone.
    var kindName: String {
        switch self {
        case .unavailable: "unavailable"
        case .unreachable: "unreachable"
        case .notAdmitted: "not admitted"
        case .unknownOutcome: "unknown outcome"
        case .busy: "busy"
        case .full: "full"
        case .foreign: "foreign"
        case .exhausted(let shortage, _, _): "out of \(shortage.rawValue)"
        case .nameTaken: "name taken"
        case .damaged: "damaged"
        case .conflict: "conflict"
        case .otherMark: "other mark"
        case .exposed: "exposed"
        case .notDurable: "not durable"
        case .keyNeeded: "key needed"
        case .unknownKey: "unknown key"
        case .unusableKeys: "unusable keys"
        case .cancelled: "cancelled"
        }
    }
}

extension AuditEvent.Kind {
    /// How loud an event is.
    fileprivate var level: Logger.Level {
        switch self {
        case .refused: .notice
        case .blocked, .suspended: .warning
        case .clockJumped: .error
        default: .info
        }
    }
}
