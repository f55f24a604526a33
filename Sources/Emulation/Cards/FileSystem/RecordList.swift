/// The records of a file; as the card's memory has them, each stands behind its length (two bytes).
struct RecordList: Hashable, Sendable {
    let structure: RecordStructure
    /// By record number, which begins at 1: for a cyclic file the newest first.
    private(set) var records: [[UInt8]]

    /// The records that `content` holds; what is not whole behind them is none.
    init(_ structure: RecordStructure, _ content: [UInt8]) {
        self.structure = structure
        var records: [[UInt8]] = []
        var rest = content[...]
        while rest.count >= 2, records.count < structure.capacity {
            let length = rest.prefix(2).reduce(0) { $0 << 8 | Int($1) }
            guard rest.count >= 2 + length else { break }
            records.append(Array(rest.dropFirst(2).prefix(length)))
            rest = rest.dropFirst(2 + length)
        }
        self.records = records
    }

    /// A file with these records.
    init(_ structure: RecordStructure, records: [[UInt8]]) {
        self.structure = structure
        self.records = records
    }

    /// What the card's memory holds.
    var content: [UInt8] { records.flatMap { UInt16(clamping: $0.count).bigEndianBytes + $0 } }

    /// A record by its number; `nil` when there is none.
    subscript(_ number: Int) -> [UInt8]? { records.indices.contains(number - 1) ? records[number - 1] : nil }

    /// Puts `record` in the place of the one with this number.
    mutating func replace(_ number: Int, with record: [UInt8]) {
        guard records.indices.contains(number - 1) else { return }
        records[number - 1] = record
    }

    /// Adds a record: behind the last, or as the newest of a cyclic file, where the oldest makes room for it.
    ///
    /// - Returns: its number; `nil` when there is no room.
    mutating func append(_ record: [UInt8]) -> Int? {
        guard structure.order == .cyclic else {
            guard records.count < structure.capacity else { return nil }
            records.append(record)
            return records.count
        }
        records = [record] + records.prefix(structure.capacity - 1)
        return 1
    }
}
