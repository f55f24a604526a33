import FoundationEssentials

/// The columns of a row from one of them on, as a row of their own.
final class LaterColumns: StoreRow {
    private let row: any StoreRow
    private let first: Int

    init(of row: any StoreRow, from first: Int) {
        self.row = row
        self.first = first
    }

    func integer(at column: Int) -> Int64? { row.integer(at: first + column) }
    func real(at column: Int) -> Double? { row.real(at: first + column) }
    func text(at column: Int) -> String? { row.text(at: first + column) }
    func bytes(at column: Int) -> Data? { row.bytes(at: first + column) }
}
