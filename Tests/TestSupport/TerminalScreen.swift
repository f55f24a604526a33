/// A terminal that shows half blocks, number signs and 256 colours, as a picture.
///
/// A cell is 4 pixels wide and 8 high, as on real terminals; around the text there is ground.
public struct TerminalScreen {
    /// What the terminal cannot show.
    public struct Failure: Error {
        /// The character that it does not know.
        public let character: Character
    }

    private static let cell = (width: 4, height: 8)
    private static let margin = 3
    private var rows: [[UInt8]]

    /// Shows `text` in `ink` on `ground`, 0 black to 255 white.
    ///
    /// - Throws: ``Failure`` for any other character.
    public init(showing text: String, ink: UInt8, ground: UInt8) throws {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        var cells: [[(upper: UInt8, lower: UInt8)]] = []
        for line in lines {
            var (foreground, background) = (ink, ground)
            var shown = Array(repeating: (ground, ground), count: Self.margin)
            var rest = line[...]
            while let character = rest.popFirst() {
                switch character {
                case " ": shown.append((background, background))
                case "█", "#": shown.append((foreground, foreground))
                case "▀": shown.append((foreground, background))
                case "▄": shown.append((background, foreground))
                case "\u{1B}" where rest.hasPrefix("[0m"):
                    (foreground, background) = (ink, ground)
                    rest = rest.dropFirst(3)
                case "\u{1B}" where rest.hasPrefix("[38;5;16;48;5;231m"):
                    (foreground, background) = (0, 255)  // the two ends of the colour cube
                    rest = rest.dropFirst(18)
                default: throw Failure(character: character)
                }
            }
            cells.append(shown)
        }
        let width = (cells.map(\.count).max() ?? 0) + Self.margin
        let blank = [[(upper: UInt8, lower: UInt8)]](repeating: [], count: Self.margin)
        rows = (blank + cells + blank).flatMap { line -> [[UInt8]] in
            let padded = line + Array(repeating: (ground, ground), count: width - line.count)
            let halves = [padded.map(\.upper), padded.map(\.lower)]
            return halves.flatMap { half in
                Array(repeating: half.flatMap { Array(repeating: $0, count: Self.cell.width) }, count: Self.cell.height / 2)
            }
        }
    }

    /// The picture as a binary PGM file.
    public var pgm: [UInt8] { Array("P5 \(rows.first?.count ?? 0) \(rows.count) 255\n".utf8) + rows.joined() }
}
