import ArgumentParser
import Foundation

/// For people or for programs.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print JSON, one object, for programs.")
    var json = false

    func print(_ value: some Encodable, human: () -> String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let text = json ? String(decoding: try encoder.encode(value), as: UTF8.self) : human()
        FileHandle(descriptor: 1).write(line: text)
    }
}

/// Columns set by their widest cell.
struct Table {
    let header: [String]
    var rows: [[String]] = []
    /// Columns of numbers, set flush right.
    var numbers: Set<Int> = []

    var text: String {
        let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
        func set(_ cells: [String]) -> String {
            let padded = cells.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return numbers.contains(column) ? space + cell : cell + space
            }
            let line = padded.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
        let rule = widths.map { String(repeating: "─", count: $0) }.joined(separator: "  ")
        return ([set(header), rule] + rows.map(set)).joined(separator: "\n")
    }
}
