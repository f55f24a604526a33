import DeviceProtocol
import Foundation
import Verification

/// A customer's device, as it is printed.
struct EnrolmentReport: Encodable {
    let device: String
    let name: String?
    let product: String
    let state: String
    let subscriber: String
    let enrolment: String
    let wrongAnswers: Int
    let suspendedBy: String?
    let blockedUntil: Date?
    let validUntil: Date?
    let identification: String?
    let accounts: [String]
    let isEmulated: Bool
    let successor: String?
    /// How many steps a Token's clock was ahead of ours when it answered last; negative when it was behind.
    let driftSteps: Int64?
    /// Those of a card.
    let certificates: [EnrolledCertificate]?
    /// Whether its owner is blocked, whatever the device's state; `nil` where nobody has looked.
    private(set) var isSubscriberBlocked: Bool?
    /// `nil` for a block without an end, too.
    private(set) var subscriberBlockedUntil: Date?
    /// All that the device ever was, the latest first; `nil` where nobody has asked.
    var history: [EnrolmentReport]?

    /// How long a step of the device's clock takes.
    private let step: Duration

    private enum CodingKeys: CodingKey {
        case device, name, product, state, subscriber, enrolment, wrongAnswers, suspendedBy, blockedUntil, validUntil, identification
        case accounts, isEmulated, successor, driftSteps, certificates, isSubscriberBlocked, subscriberBlockedUntil, history
    }

    /// A device, and its owner at `now`.
    init(_ enrolment: Enrolment, of owner: Subscriber?, at now: Date) {
        self.init(enrolment)
        isSubscriberBlocked = owner?.isBlocked(at: now)
        subscriberBlockedUntil = owner?.blockedUntil(at: now)
    }

    init(_ enrolment: Enrolment) {
        device = enrolment.device.rawValue
        name = enrolment.life.name
        product = enrolment.product.rawValue
        state = enrolment.state.rawValue
        subscriber = enrolment.subscriber.rawValue
        self.enrolment = enrolment.id.rawValue
        wrongAnswers = enrolment.failures
        suspendedBy = enrolment.life.suspension?.rawValue
        blockedUntil = enrolment.life.blockedUntil
        validUntil = enrolment.life.validUntil
        identification = enrolment.life.identification?.rawValue
        accounts = enrolment.life.accounts.map(\.rawValue).sorted()
        isEmulated = enrolment.isEmulated
        successor = enrolment.life.successor?.rawValue
        driftSteps = if case .timedCode(let codes) = enrolment.credential { codes.drift } else { nil }
        certificates = EnrolledCertificate.all(of: enrolment)
        let method = ProductProfile.all.first { $0.id == enrolment.product }?.method
        step = if case .timedCode(let codes)? = method { codes.step } else { .seconds(30) }
    }

    /// The state, and who suspended it.
    var stateText: String { state + (suspendedBy.map { " by \($0)" } ?? "") }

    static func table(_ reports: [EnrolmentReport]) -> String {
        var table = Table(header: ["device", "name", "product", "state", "valid until"])
        table.rows = reports.map {
            [$0.device, $0.name ?? "", $0.product, $0.state, $0.validUntil?.formatted(.iso8601.year().month().day()) ?? ""]
        }
        return table.text
    }

    private var historyTable: String? {
        guard let history else { return nil }
        var table = Table(header: ["enrolment", "subscriber", "product", "state", "replaced by"])
        table.rows = history.map { [$0.enrolment, $0.subscriber, $0.product, $0.state, $0.successor ?? ""] }
        return table.text
    }

    var text: String {
        let block = blockedUntil.map { "until \($0.formatted(.iso8601))" }
        let ownersBlock = subscriberBlockedUntil.map { "until \($0.formatted(.iso8601))" } ?? "for good"
        let owner = isSubscriberBlocked == true ? "\(subscriber), who is blocked \(ownersBlock)" : subscriber
        var rows: [(String, String?)] = [
            ("name", name), ("product", product + (isEmulated ? ", emulated" : "")), ("state", state), ("suspended by", suspendedBy),
            ("blocked", block), ("subscriber", owner), ("wrong answers", "\(wrongAnswers)"),
            ("clock", driftSteps.map { ClockDrift.telling($0, of: step) }),
            ("valid until", validUntil?.formatted(.iso8601)), ("identified by", identification ?? "nobody said"),
            ("accounts", accounts.isEmpty ? "none" : accounts.joined(separator: ", ")), ("replaced by", successor),
        ]
        for certificate in certificates ?? [] { rows.append(("for \(certificate.use)", certificate.text)) }
        let width = rows.map(\.0.count).max() ?? 0
        var lines = [device]
        for case (let label, let value?) in rows {
            lines.append("  \(label)\(String(repeating: " ", count: width - label.count))  \(value.printable)")
        }
        if let historyTable { lines += ["", historyTable] }
        return lines.joined(separator: "\n")
    }
}

/// An order, as it is printed.
struct OrderReport: Encodable {
    let id: String
    let product: String
    let state: String
    let subscriber: String
    let serial: String?
    let activateBefore: Date
    let done: [String]
    let next: String?

    init(_ order: Order, next: ActivationStep?) {
        id = order.id.rawValue
        product = order.product.rawValue
        state = order.record.state.rawValue
        subscriber = order.subscriber.rawValue
        serial = order.record.serial?.rawValue
        activateBefore = order.record.activateBefore
        done = order.record.done.map(\.rawValue)
        self.next = next?.rawValue
    }
}
