extension Typesetter {
    /// No line that fits an image has more characters; what is behind them need not be laid out to find its end.
    private static let longestLine = 400

    /// Lays out a text in lines no wider than `width`, broken at spaces, and within a word where it is wider than a line.
    ///
    /// Nothing is left out but the spaces at the ends of lines. Which side a text begins on, its first letter says.
    ///
    /// - Throws: ``PictureError/missingCharacters(_:)``, ``PictureError/refused(by:)``.
    func lines(_ text: String, size: Int, width: Int) throws(PictureError) -> [Line] {
        let missing = missing(in: text)
        guard missing.isEmpty else { throw .missingCharacters(missing) }
        let isFromRight = text.beginsFromRight
        var (lines, rest) = ([Line](), text[...])
        while !rest.isEmpty {
            let line = try firstLine(of: rest.prefix(Self.longestLine), size: size, width: width, isFromRight: isFromRight)
            lines.append(line.set)
            rest = rest[line.end...].drop { $0 == " " }
        }
        return lines
    }

    /// The longest beginning that fits, one character at least, and where it ends.
    private func firstLine(
        of text: Substring, size: Int, width: Int, isFromRight: Bool
    ) throws(PictureError) -> (set: Line, end: Substring.Index) {
        func set(_ end: Substring.Index) throws(PictureError) -> Line {
            try line(String(text[..<end]), size: size, isFromRight: isFromRight)
        }
        let spaces = text.indices.filter { text[$0] == " " && $0 > text.startIndex } + [text.endIndex]
        if let found = try longest(spaces, width: width, set) { return found }
        let characters = text.indices.dropFirst() + [text.endIndex]
        if let found = try longest(Array(characters), width: width, set) { return found }
        // Not even one character fits: it sticks out of the column, and is still there.
        let end = text.index(after: text.startIndex)
        return (try set(end), end)
    }

    /// The last of the places to break at whose line fits.
    private func longest(
        _ places: [Substring.Index], width: Int, _ set: (Substring.Index) throws(PictureError) -> Line
    ) throws(PictureError) -> (set: Line, end: Substring.Index)? {
        var best: (Line, Substring.Index)?
        for place in places {
            let line = try set(place)
            guard line.width <= width else { break }
            best = (line, place)
        }
        return best
    }
}

extension String {
    /// Whether the first letter is of a script that runs from the right (Unicode Standard Annex 9, P2 and P3, by blocks).
    var beginsFromRight: Bool {
        guard let letter = unicodeScalars.first(where: \.properties.isAlphabetic) else { return false }
        return switch letter.value {
        case 0x0590...0x08FF, 0xFB1D...0xFDFF, 0xFE70...0xFEFF, 0x10800...0x10FFF, 0x1E800...0x1EFFF: true
        default: false
        }
    }
}
