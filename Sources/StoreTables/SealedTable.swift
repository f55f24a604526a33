import DeviceProtocol
import FoundationEssentials
import Verification

/// A table some of whose columns are sealed, and the rows of it that lie behind a name, in the order of their names.
enum SealedTable: CaseIterable {
    case enrolment, subscriber, order

    /// A column, what it is sealed for, and with which ``SecretRotation/scope`` that began.
    typealias Column = (name: String, purpose: SecretPlace.Purpose, scope: Int64)

    var columns: [Column] {
        switch self {
        case .enrolment: [("credential", .credential, 1), ("sealing", .sealing, 1), ("life", .life, 2)]
        case .subscriber: [("record", .subscriber, 2)]
        case .order: [("record", .order, 2)]
        }
    }

    /// One row: its name, whose it is, and what its columns hold.
    struct Row {
        let id: String
        let subscriber: SubscriberID
        let device: String
        let values: [Data?]
    }

    func rows(after id: String, limit: Int, in transaction: TableTransaction) throws(StoreError) -> [Row] {
        let (from, behind) = (columns.map { ", " + $0.name }.joined(), " WHERE id > ? ORDER BY id LIMIT ?")
        let sql =
            switch self {
            case .enrolment: "SELECT id, subscriber, device\(from) FROM enrolment\(behind)"
            case .subscriber: "SELECT id, id, ''\(from) FROM subscriber\(behind)"
            case .order: "SELECT id, subscriber, ''\(from) FROM device_order\(behind)"
            }
        return try transaction.rows(sql, [.text(id), .count(limit)]) { (row) throws(StoreError) in
            guard let subscriber = SubscriberID(rawValue: try row[1]) else { throw .damaged("a row names no subscriber") }
            return Row(
                id: try row[0], subscriber: subscriber, device: try row[2], values: columns.indices.map { row.bytes(at: 3 + $0) })
        }
    }

    func update(_ row: Row, to values: [Data?], in transaction: TableTransaction) throws(StoreError) {
        let table = self == .order ? "device_order" : "\(self)"
        try transaction.change(
            "UPDATE \(table) SET \(columns.map { $0.name + " = ?" }.joined(separator: ", ")) WHERE id = ?",
            values.map { .bytes($0) } + [.text(row.id)])
    }

    func place(of column: Column, in row: Row) -> SecretPlace {
        SecretPlace(
            column.purpose, of: self == .subscriber ? nil : EnrolmentID(rawValue: row.id), subscriber: row.subscriber, device: row.device)
    }
}
