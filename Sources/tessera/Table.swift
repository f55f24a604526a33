import Foundation

/// Columns set by their widest cell.
struct Table {
    /// The most characters that a cell shows on a terminal; a longer one loses its middle, because names differ at the ends.
    static let widest = 48

    let header: [String]
    var rows: [[String]] = []
    /// Columns of numbers, set flush right.
    var numbers: Set<Int> = []
    /// Whether long cells are cut: on a terminal, and not for a file or another program.
    var cutsCells = isatty(1) == 1

    var text: String {
        let lines = ([header] + rows).map { $0.map(fit) }
        let widths = header.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        func set(_ cells: [String]) -> String {
            let padded = zip(cells, widths).enumerated().map { column, cell in
                let space = String(repeating: " ", count: cell.1 - cell.0.count)
                return numbers.contains(column) ? space + cell.0 : cell.0 + space
            }
            let line = padded.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
        let rule = widths.map { String(repeating: "─", count: $0) }.joined(separator: "  ")
        return ([set(lines[0]), rule] + lines.dropFirst().map(set)).joined(separator: "\n")
    }

    private func fit(_ cell: String) -> String {
        let cell = cell.printable
        guard cutsCells, cell.count > Self.widest else { return cell }
        return cell.prefix(Self.widest / 2) + "…" + cell.suffix(Self.widest - Self.widest / 2 - 1)
    }
}
