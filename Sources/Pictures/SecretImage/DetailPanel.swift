import DeviceProtocol

/// An operation's details on a light ground: title, then label beside text, in as many lines as they take.
struct DetailPanel {
    static let margin = 20
    private static let padding = 16
    private static let (labelWidth, gap) = (110, 14)
    private static let (titleSize, textSize, labelSize) = (27, 22, 16)
    private static let (lineHeight, rowGap) = (30, 6)
    /// White with a fifth of what is behind it, and two inks.
    private static let (ground, ink, faint) = (Int32(20) << 24 | 0xFFFFFF, Int32(0x111122), Int32(0x444455))

    /// Even the narrowest letters in such a number would need too high an image; more are not set at all.
    private static let maximumCharacters = 10_000

    private struct Row {
        let labels: [Typesetter.Line]
        let lines: [Typesetter.Line]
    }

    /// What is written across the picture: small, and hiding little of it.
    private static let (acrossSize, acrossHeight, acrossGap, acrossOpacity) = (13, 27, 14, UInt8(105))

    private let title: [Typesetter.Line]
    private let across: [Typesetter.Line]
    private let rows: [Row]
    private let width: Int

    /// Sets all texts; fields that are empty are left out.
    ///
    /// - Throws: ``PictureError/missingCharacters(_:)`` with those of all fields, ``PictureError/refused(by:)``.
    init(_ summary: Summary, width: Int, _ typesetter: borrowing Typesetter) throws(PictureError) {
        let fields = summary.lines.filter { !$0.text.isEmpty }
        let characters = fields.reduce(summary.title.count) { $0 + $1.label.count + $1.text.count }
        guard characters <= Self.maximumCharacters else { throw .detailsTooLong(height: characters / 40 * Self.lineHeight) }
        let missing = typesetter.missing(in: ([summary.title] + fields.flatMap { [$0.label, $0.text] }).joined())
        guard missing.isEmpty else { throw .missingCharacters(missing) }
        self.width = width
        let column = width - 2 * (Self.margin + Self.padding)
        // Each by itself: beside a text that runs from the right, the digits of an amount would change their place.
        var across: [Typesetter.Line] = []
        for field in fields {
            across.append(try typesetter.line(field.text, size: Self.acrossSize, isFromRight: field.text.beginsFromRight))
        }
        self.across = across
        title = try typesetter.lines(summary.title, size: Self.titleSize, width: column)
        var rows: [Row] = []
        for field in fields {
            rows.append(
                Row(
                    labels: try typesetter.lines(field.label, size: Self.labelSize, width: Self.labelWidth),
                    lines: try typesetter.lines(field.text, size: Self.textSize, width: column - Self.labelWidth - Self.gap)))
        }
        self.rows = rows
    }

    /// How high it is, in pixels.
    var height: Int {
        let lines = title.count + rows.reduce(0) { $0 + max($1.labels.count, $1.lines.count) }
        return 2 * Self.padding + lines * Self.lineHeight + (rows.count + 1) * Self.rowGap
    }

    /// Writes the texts across the image from its top to `bottom`, over and over.
    ///
    /// Whoever wants other details in an image that was sent has to draw the picture below them anew.
    ///
    /// - Throws: ``PictureError/refused(by:)``.
    func drawAcross(
        _ image: borrowing GDImage, to bottom: Int, _ typesetter: borrowing Typesetter, by pattern: inout OperationPattern
    ) throws(PictureError) {
        guard !across.isEmpty else { return }
        let period = across.reduce(0) { $0 + $1.width + Self.acrossGap }
        let strip = try GDImage.blank(width: period, height: Self.acrossHeight)
        var left = 0
        for line in across {
            try typesetter.draw(
                line, in: strip, x: left, baseline: Self.acrossHeight * 2 / 3, colour: 0x60_6870, opacity: Self.acrossOpacity)
            left += line.width + Self.acrossGap
        }
        for top in stride(from: 6, through: bottom - Self.acrossHeight, by: Self.acrossHeight) {
            for x in stride(from: -pattern.number(below: period), to: width, by: period) { image.place(strip, x: x, y: top) }
        }
    }

    /// Draws it from `top` on.
    ///
    /// - Throws: ``PictureError/refused(by:)``.
    func draw(in image: borrowing GDImage, top: Int, _ typesetter: borrowing Typesetter) throws(PictureError) {
        image.fillRectangle(fromX: Self.margin, y: top, toX: width - Self.margin - 1, y: top + height - 1, colour: Self.ground)
        let left = Self.margin + Self.padding
        var baseline = top + Self.padding + Self.lineHeight * 3 / 4
        for line in title {
            try typesetter.draw(line, in: image, x: left, baseline: baseline, colour: Self.ink)
            baseline += Self.lineHeight
        }
        for row in rows {
            baseline += Self.rowGap
            for (number, line) in row.labels.enumerated() {
                try typesetter.draw(line, in: image, x: left, baseline: baseline + number * Self.lineHeight, colour: Self.faint)
            }
            for (number, line) in row.lines.enumerated() {
                try typesetter.draw(
                    line, in: image, x: left + Self.labelWidth + Self.gap, baseline: baseline + number * Self.lineHeight, colour: Self.ink)
            }
            baseline += max(row.labels.count, row.lines.count) * Self.lineHeight
        }
    }
}
