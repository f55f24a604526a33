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
    }

    static func table(_ reports: [EnrolmentReport]) -> String {
        var table = Table(header: ["device", "name", "product", "state", "valid until"])
        table.rows = reports.map {
            [$0.device, $0.name ?? "", $0.product, $0.state, $0.validUntil?.formatted(.iso8601.year().month().day()) ?? ""]
        }
        return table.text
    }

    var text: String {
        let block = blockedUntil.map { "until \($0.formatted(.iso8601))" }
        let rows: [(String, String?)] = [
            ("name", name), ("product", product + (isEmulated ? ", emulated" : "")), ("state", state), ("suspended by", suspendedBy),
            ("blocked", block), ("subscriber", subscriber), ("wrong answers", "\(wrongAnswers)"),
            ("valid until", validUntil?.formatted(.iso8601)), ("identified by", identification ?? "nobody said"),
            ("accounts", accounts.isEmpty ? "none" : accounts.joined(separator: ", ")), ("replaced by", successor),
        ]
        let width = rows.map(\.0.count).max() ?? 0
        return
            ([device]
            + rows.compactMap { label, value in
                value.map { "  \(label)\(String(repeating: " ", count: width - label.count))  \($0.printable)" }
            }).joined(separator: "\n")
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
