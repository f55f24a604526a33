import DeviceProtocol
import Foundation
import Verification

/// A row of the audit log, as it is printed; bytes in hexadecimal digits.
struct AuditRowReport: Encodable {
    let number: Int64
    let at: Date
    /// The same moment as the row's hash covers it: milliseconds since 1970.
    let milliseconds: Int64
    let kind: String
    let subscriber: String?
    let device: String?
    let operation: String?
    let detail: String
    /// Whether nobody knows any more whom it is about.
    let isErased: Bool
    let hash: String

    init(_ row: AuditRow) {
        (number, at, milliseconds) = (row.number, row.date, row.milliseconds)
        (kind, detail) = (row.kind.rawValue, row.detail)
        subscriber = row.person.flatMap { $0.subscriber.isEmpty ? nil : $0.subscriber }
        device = row.person.flatMap { $0.device.isEmpty ? nil : $0.device }
        operation = row.operation?.lowercaseHexadecimal
        isErased = row.reference != nil && row.person == nil
        hash = row.hash.lowercaseHexadecimal
    }
}
