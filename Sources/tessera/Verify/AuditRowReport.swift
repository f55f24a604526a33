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
    /// Who asked, and for whom; nothing where nobody did.
    let caller: String?
    let clerk: String?
    /// Whether nobody knows any more whom it is about.
    let isErased: Bool
    let hash: String

    /// A row, with who asked or without: whom a bank employs is nothing for those whom its evidence is for.
    init(_ row: AuditRow, tellsWhoAsked: Bool) {
        (number, at, milliseconds) = (row.number, row.date, row.milliseconds)
        (kind, detail) = (row.kind.rawValue, row.detail)
        (caller, clerk) = tellsWhoAsked ? (row.requester?.caller, row.requester?.clerk) : (nil, nil)
        subscriber = row.person.flatMap { $0.subscriber.isEmpty ? nil : $0.subscriber }
        device = row.person.flatMap { $0.device.isEmpty ? nil : $0.device }
        operation = row.operation?.lowercaseHexadecimal
        isErased = row.reference != nil && row.person == nil
        hash = row.hash.lowercaseHexadecimal
    }
}
