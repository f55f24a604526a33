import Verification

/// A file of heads, read piece by piece, so that one head a line may be any number of them; a JSON list is read whole.
struct HeadsReader {
    /// The longest line, in bytes; that of a head has about 400.
    private static let longest = 64 << 10

    private let file: Int32
    private let name: String
    /// How many bytes a JSON list may have.
    private let listLimit: Int
    /// What was read and not handed out: the beginning of a line, or of the list.
    private var rest: [UInt8] = []
    /// Whether it is one JSON list; `nil` before anything was read.
    private(set) var isList: Bool?
    private var isAtEnd = false
    /// Whether what was read so far ends within a line.
    private(set) var isCut = false

    /// Opens the file.
    ///
    /// - Throws: ``Failure``.
    init(_ name: String, listLimit: Int = InputFile.limit) throws {
        file = try InputFile.open(name)
        self.name = name
        self.listLimit = listLimit
    }

    /// Closes the file.
    func close() { InputFile.close(file, of: name) }

    /// All heads of a file, as a check of the log needs them: ten million take some 5 GB of memory.
    ///
    /// - Throws: ``Failure``, also when there are more than `limit`; ``Verification/AuditError``; `CancellationError`.
    static func all(of name: String, limit: Int = 10_000_000) throws -> [AuditHead] {
        var reader = try HeadsReader(name)
        defer { reader.close() }
        var heads: [AuditHead] = []
        while let more = try reader.next() {
            heads += more
            guard heads.count <= limit else {
                throw Failure(
                    "\"\(name)\" has more than \(limit) heads", hint: "name a part of it: \"tail -n \(limit)\" gives the last ones",
                    exit: .usage)
            }
        }
        return heads
    }

    /// The next heads, in the order of the file, perhaps none; `nil` at the end.
    ///
    /// - Throws: ``Failure``; ``Verification/AuditError/unreadableHeads``; `CancellationError`.
    mutating func next() throws -> [AuditHead]? {
        guard !isAtEnd else { return nil }
        let piece = try InputFile.piece(of: file, called: name)
        isAtEnd = piece.isEmpty
        let newline = UInt8(ascii: "\n")
        if let last = piece.last { isCut = last != newline }
        isList = isList ?? ExportedHeads.isList(piece)
        rest += piece
        if isList == true {
            guard rest.count <= listLimit else {
                throw Failure(
                    "\"\(name)\" is a list of more than \(listLimit >> 20) MiB", hint: "export the heads with --append, one a line",
                    exit: .usage)
            }
            return try isAtEnd ? ExportedHeads.read(rest) : []
        }
        let end = isAtEnd ? rest.endIndex : rest.lastIndex(of: newline) ?? rest.startIndex
        let heads = try rest[..<end].split(separator: newline).compactMap { try ExportedHeads.head(ofLine: $0) }
        rest.removeSubrange(..<end)
        guard rest.count <= Self.longest else { throw AuditError.unreadableHeads }
        return heads
    }
}
