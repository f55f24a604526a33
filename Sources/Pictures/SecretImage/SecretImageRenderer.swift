public import DeviceProtocol
import Synchronization

/// Draws secret images: the picture that somebody chose, with an operation's details in it.
///
/// One renderer serves any number of threads.
public final class SecretImageRenderer: Sendable {
    /// How wide every image is, in pixels.
    public static let width = 640
    /// The most pixels that an image can be high; it grows with its text.
    public static let maximumHeight = 2400
    /// DejaVu Sans, as Debian's package fonts-dejavu-core installs it: Latin, Greek, Cyrillic, Armenian, Georgian, Arabic, Hebrew and
    /// others, no Chinese, Japanese or Korean.
    public static let shippedFonts = ["/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"]

    private static let pictureSide = 400

    let fonts: [FontFile]
    private let sprites = Mutex<[String: Sprite]>([:])

    /// A picture that was drawn once; it is only read from then on.
    @safe private final class Sprite: @unchecked Sendable {
        let image: GDImage

        init(_ image: consuming GDImage) { self.image = image }
    }

    /// Reads the fonts.
    ///
    /// - Parameter fonts: paths of TrueType or OpenType files; the first that has a character draws it.
    /// - Throws: ``PictureError/fontUnreadable(_:)``.
    public init(fonts: [String] = shippedFonts) throws(PictureError) {
        var files: [FontFile] = []
        for path in fonts { files.append(try FontFile(reading: path)) }
        guard !files.isEmpty else { throw .fontUnreadable("") }
        self.fonts = files
    }

    /// The image for one operation, as a PNG file: equal for equal arguments, and no other operation's.
    ///
    /// - Throws: ``PictureError/missingCharacters(_:)``, ``PictureError/detailsTooLong(height:)``; ``PictureError/refused(by:)`` when memory
    ///   is short. Nothing is cut, and no box stands for a character.
    public func png(of picture: SecretPicture, for challenge: Challenge) throws(PictureError) -> [UInt8] {
        try png(of: picture, showing: challenge.summary, id: challenge.id.bytes)
    }

    /// The same for details that come from elsewhere.
    ///
    /// - Parameter id: what makes the image this operation's.
    /// - Throws: as ``png(of:for:)``.
    public func png(of picture: SecretPicture, showing summary: Summary, id: [UInt8]) throws(PictureError) -> [UInt8] {
        let typesetter = try Typesetter(fonts)
        let details = try DetailPanel(summary, width: Self.width, typesetter)
        // The panel covers the picture's lower fifth, through which it is still seen.
        let (top, panelTop) = (20, 20 + Self.pictureSide * 4 / 5)
        let height = panelTop + details.height + DetailPanel.margin
        guard height <= Self.maximumHeight else { throw .detailsTooLong(height: height) }

        var pattern = OperationPattern(id)
        let image = try GDImage.blank(width: Self.width, height: height, colour: pattern.tint(from: 205))
        for _ in 0..<4 { pattern.drawThreads(8, in: image, colour: pattern.tint(from: 150)) }
        let (left, lower) = (pattern.number(below: Self.width - Self.pictureSide), pattern.number(below: 16))
        image.place(try sprite(of: picture).image, x: left, y: top + lower - 8)
        // A few threads in front of the picture, too.
        pattern.drawThreads(3, in: image, colour: pattern.tint(from: 200))
        try details.drawAcross(image, to: panelTop, typesetter, by: &pattern)
        try details.draw(in: image, top: panelTop, typesetter)
        return try image.png(compression: 3)
    }

    private func sprite(of picture: SecretPicture) throws(PictureError) -> Sprite {
        if let known = sprites.withLock({ $0[picture.name] }) { return known }
        let drawn = Sprite(try picture.sprite(side: Self.pictureSide))
        sprites.withLock { $0[picture.name] = drawn }
        return drawn
    }
}

extension SecretPicture {
    /// What a screen reader says in place of the image: the picture's name, and all that stands in it.
    public func alternativeText(showing summary: Summary, in language: Language = .english) -> String {
        let introduction =
            switch language {
            case .english: "Your secret image: \(name(in: .english))."
            case .french: "Votre image secrète : \(name(in: .french))."
            }
        let details = summary.lines.filter { !$0.text.isEmpty }.map { "\($0.label): \($0.text)" + ($0.text.hasSuffix(".") ? "" : ".") }
        return ([introduction, "\(summary.title)."] + details).joined(separator: " ")
    }
}
