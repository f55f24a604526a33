#if PostgreSQL
import CPostgreSQL
import Foundation
import StoreTables

/// What a server answered, and one of its rows at a time.
@safe final class ServerResult: StoreRow {
    private let result: OpaquePointer
    private var row: Int32 = 0

    /// Takes a result of libpq's, and frees it with itself.
    init(_ result: OpaquePointer) { unsafe self.result = unsafe result }

    deinit { unsafe PQclear(result) }

    var status: ExecStatusType { unsafe PQresultStatus(result) }

    /// What went wrong; `nil` when nothing did.
    var failure: ServerFailure? {
        switch status {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK: return nil
        default:
            let code = unsafe PQresultErrorField(result, 67).map { unsafe String(cString: $0) }
            let text = unsafe PQresultErrorField(result, 77).map { unsafe String(cString: $0) }
            // Without a code it is libpq that speaks, of a connection that is gone.
            guard let code else { return .lost(unsafe PQresultErrorMessage(result).text) }
            return ServerFailure(code: code, message: text ?? "no reason given")
        }
    }

    /// Whether it begins a copy, which none of our statements does.
    var isCopy: Bool { [PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH].contains(status) }

    /// `COMMIT`, say.
    var command: String { unsafe PQcmdStatus(result).text }

    /// How many rows were changed.
    var changes: Int { Int(unsafe PQcmdTuples(result).text) ?? 0 }

    /// Whether there is no row.
    var isEmpty: Bool { unsafe PQntuples(result) == 0 }

    /// Hands each row to `body`; all of them are this object.
    func eachRow<E: Error>(_ body: (any StoreRow) throws(E) -> Void) throws(E) {
        for number in 0..<(unsafe PQntuples(result)) {
            row = number
            try body(self)
        }
    }

    /// The columns' bytes; `nil` for `NULL` and for a column that is not there.
    private func value(_ column: Int) -> UnsafeRawBufferPointer? {
        guard let column = Int32(exactly: column), unsafe column < PQnfields(result) && row < PQntuples(result),
            unsafe PQgetisnull(result, row, column) == 0, let start = unsafe PQgetvalue(result, row, column)
        else { return nil }
        return unsafe UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(result, row, column)))
    }

    func integer(at column: Int) -> Int64? {
        guard let bytes = unsafe value(column), bytes.count == 8 else { return nil }
        return unsafe bytes.reduce(0) { $0 << 8 | Int64($1) }
    }

    func real(at column: Int) -> Double? {
        guard let bits = integer(at: column) else { return nil }
        return Double(bitPattern: UInt64(bitPattern: bits))
    }

    func text(at column: Int) -> String? {
        guard let bytes = unsafe value(column) else { return nil }
        return unsafe String(decoding: bytes, as: UTF8.self)
    }

    func bytes(at column: Int) -> Data? {
        guard let bytes = unsafe value(column) else { return nil }
        return unsafe Data(bytes)
    }
}

extension Optional<UnsafeMutablePointer<CChar>> {
    /// A text of libpq's, on one line.
    var text: String { unsafe self.map { unsafe UnsafePointer($0) }.text }
}

extension Optional<UnsafePointer<CChar>> {
    /// A text of libpq's, on one line.
    var text: String {
        guard let start = self else { return "" }
        let lines = unsafe String(cString: start).split(whereSeparator: \.isNewline)
        return lines.map { $0.drop(while: \.isWhitespace) }.joined(separator: "; ")
    }
}
#endif
