extension SecretPicture {
    /// What goes around each picture, so that white is seen on any ground.
    private static let outline = (width: 2.4, colour: Int32(0x282832))
    /// The square that is drawn is a little larger than that of the shapes, for the outline.
    private static let (margin, side) = (4.0, 108.0)
    /// Drawn so many times as large, since libgd fills with hard edges.
    private static let oversampling = 3

    /// The picture alone, on clear ground.
    ///
    /// - Throws: ``PictureError``.
    func sprite(side: Int) throws(PictureError) -> GDImage {
        let pixels = side * Self.oversampling
        let image = try GDImage.blank(width: pixels, height: pixels)
        let (shapes, scale) = (try shapes(), Double(pixels) / Self.side)
        for shape in shapes {
            let width = (shape.width ?? 0) + Self.outline.width
            Self.drawLine(
                along: shape.points, width: width, isClosed: shape.width == nil, colour: Self.outline.colour, in: image, scale: scale)
        }
        for shape in shapes {
            if let width = shape.width {
                Self.drawLine(along: shape.points, width: width, isClosed: false, colour: shape.colour.rgb, in: image, scale: scale)
            } else {
                image.fill(shape.points.map { Self.pixel($0, scale) }, colour: shape.colour.rgb)
            }
        }
        return try image.reduced(by: Self.oversampling)
    }

    private static func pixel(_ point: DrawnShape.Point, _ scale: Double) -> (x: Double, y: Double) {
        ((point.x + margin) * scale, (point.y + margin) * scale)
    }

    /// A rectangle for each piece, and a disc at each corner.
    private static func drawLine(
        along points: [DrawnShape.Point], width: Double, isClosed: Bool, colour: Int32, in image: borrowing GDImage, scale: Double
    ) {
        let ends = isClosed ? points.dropFirst() + points.prefix(1) : points.dropFirst()
        for (start, end) in zip(points.map { pixel($0, scale) }, ends.map { pixel($0, scale) }) {
            let (along, across) = (end.x - start.x, end.y - start.y)
            let length = (along * along + across * across).squareRoot()
            guard length > 0 else { continue }
            let (x, y) = (-across / length * width * scale / 2, along / length * width * scale / 2)
            image.fill(
                [(start.x + x, start.y + y), (end.x + x, end.y + y), (end.x - x, end.y - y), (start.x - x, start.y - y)], colour: colour)
        }
        for point in points.map({ pixel($0, scale) }) {
            image.fillDisc(x: point.x, y: point.y, diameter: width * scale, colour: colour)
        }
    }
}
