extension SecretPicture {
    /// How many pixels a side a picture alone can have.
    public static let sides = 16...1024

    /// The picture alone on clear ground, as a PNG file: for the page on which one is chosen.
    ///
    /// - Parameter side: its width and height in pixels, within ``sides``; another number is taken as the nearest of them.
    /// - Throws: ``PictureError/refused(by:)`` when memory is short.
    public func png(side: Int = 160) throws(PictureError) -> [UInt8] {
        let image = try sprite(side: min(max(side, Self.sides.lowerBound), Self.sides.upperBound))
        image.keepClear()
        return try image.png(compression: 6)
    }
}

extension SecretImageRenderer {
    /// All pictures with their names in a language, as a PNG file: for who looks them over.
    ///
    /// - Throws: ``PictureError/missingCharacters(_:)``, ``PictureError/refused(by:)``.
    public func sheet(in language: SecretPicture.Language = .english) throws(PictureError) -> [UInt8] {
        try sheet(of: SecretPicture.all, columns: 10, in: language)
    }

    /// Some pictures with their names in a language, as a PNG file: for who chooses one.
    ///
    /// - Parameter columns: how many stand beside each other, 1 to 20; another number is taken as the nearest of them.
    /// - Throws: ``PictureError/missingCharacters(_:)``, ``PictureError/refused(by:)``.
    public func sheet(
        of pictures: [SecretPicture], columns: Int, in language: SecretPicture.Language = .english
    ) throws(PictureError) -> [UInt8] {
        let columns = min(max(columns, 1), 20)
        let (side, wide, high, lineHeight) = (120, 136, 164, 16)
        let typesetter = try Typesetter(fonts)
        let image = try GDImage.blank(width: columns * wide, height: (pictures.count + columns - 1) / columns * high, colour: 0xEEF2E8)
        for (index, picture) in pictures.enumerated() {
            let (left, top) = (index % columns * wide, index / columns * high)
            image.place(try picture.sprite(side: side), x: left + (wide - side) / 2, y: top)
            for (row, line) in try typesetter.lines(picture.name(in: language), size: 13, width: wide - 4).enumerated() {
                try typesetter.draw(
                    line, in: image, x: left + (wide - line.width) / 2, baseline: top + side + lineHeight * (row + 1), colour: 0x111122)
            }
        }
        return try image.png(compression: 6)
    }
}
