import Foundation

/// Heads as they are kept elsewhere: one JSON object a line (JSON Lines), so that a file of them only grows; or one JSON list.
public enum ExportedHeads {
    /// One head as one line.
    ///
    /// - Throws: ``AuditError/unreadableHeads`` when there is no memory for it.
    public static func line(_ head: AuditHead) throws(AuditError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do { return Array(try encoder.encode(head)) + [UInt8(ascii: "\n")] } catch { throw .unreadableHeads }
    }

    /// Reads either form.
    ///
    /// A line that somebody was killed at has no end, and is passed over.
    ///
    /// - Throws: ``AuditError/unreadableHeads``.
    public static func read(_ bytes: [UInt8]) throws(AuditError) -> [AuditHead] {
        do {
            if isList(bytes) == true {
                return try JSONDecoder().decode([AuditHead].self, from: Data(bytes))
            }
            return try bytes.split(separator: UInt8(ascii: "\n")).compactMap { try head(ofLine: $0) }
        } catch { throw .unreadableHeads }
    }

    /// The head of one line; `nil` for a line that is empty, or that somebody was killed at.
    ///
    /// - Throws: ``AuditError/unreadableHeads``.
    package static func head(ofLine line: ArraySlice<UInt8>) throws(AuditError) -> AuditHead? {
        let line = trimmed(line)
        guard let first = line.first, first != UInt8(ascii: "{") || line.last == UInt8(ascii: "}") else { return nil }
        do { return try JSONDecoder().decode(AuditHead.self, from: Data(line)) } catch { throw .unreadableHeads }
    }

    /// Whether a file that begins so holds one JSON list; `nil` where nothing but space is there yet.
    package static func isList(_ start: [UInt8]) -> Bool? { start.first { !isSpace($0) }.map { $0 == UInt8(ascii: "[") } }

    /// The line without what an editor or another system puts at its ends.
    private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard let last = line.lastIndex(where: { !isSpace($0) }) else { return [] }
        return line[...last].drop(while: isSpace)
    }

    private static func isSpace(_ byte: UInt8) -> Bool { [0x09, 0x0A, 0x0D, 0x20].contains(byte) }
}
