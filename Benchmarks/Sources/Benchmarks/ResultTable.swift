import Foundation

/// All comparisons of a run, in columns set by their widest cell.
struct ResultTable {
    private static let header = ["case", "ours", "a second", "±", "peer", "a second", "±", "ratio", "±"]
    private static let numbers: Set = [2, 3, 5, 6, 7, 8]

    private var rows: [[String]] = []

    mutating func add(_ name: String, _ ours: String, _ peer: String, _ comparison: Comparison) {
        rows.append([
            name, ours, Self.rate(comparison.ours.median), Self.percent(comparison.ours.spread), peer,
            Self.rate(comparison.peer.median), Self.percent(comparison.peer.spread), Self.ratio(comparison.ratio.median),
            Self.percent(comparison.ratio.spread),
        ])
    }

    var text: String {
        let lines = [Self.header] + rows
        let widths = Self.header.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        let rule = widths.map { String(repeating: "─", count: $0) }
        return ([Self.header, rule] + rows).map { cells in
            cells.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return Self.numbers.contains(column) ? space + cell : cell + space
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }

    /// Three digits that count, the thousands set apart.
    private static func rate(_ value: Double) -> String {
        value.formatted(.number.precision(.significantDigits(3)).grouping(.automatic).locale(Locale(identifier: "en_US")))
    }

    private static func ratio(_ value: Double) -> String { String(format: "%.2f", value) }

    private static func percent(_ part: Double) -> String { String(format: "%.0f %%", part * 100) }
}
