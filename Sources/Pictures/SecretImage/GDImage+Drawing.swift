import CGD

/// What the secret image needs of libgd besides reading files.
extension GDImage {
    /// A colour that hides nothing of what is behind it: 127 in gd's highest byte.
    private static let clear: Int32 = 0x7F << 24

    /// An image of one colour, or one that is clear all over.
    ///
    /// - Throws: ``PictureError/refused(by:)`` when memory is short.
    static func blank(width: Int, height: Int, colour: Int32? = nil) throws(PictureError) -> GDImage {
        guard let wide = Int32(exactly: width), let high = Int32(exactly: height), width * height <= ImageFormat.maximumPixels else {
            throw .tooManyPixels(width: width, height: height)
        }
        guard let image = unsafe gdImageCreateTrueColor(wide, high) else { throw .refused(by: "gdImageCreateTrueColor") }
        unsafe gdImageAlphaBlending(image, 0)
        unsafe gdImageFilledRectangle(image, 0, 0, wide - 1, high - 1, colour ?? clear)
        unsafe gdImageAlphaBlending(image, 1)
        return unsafe GDImage(owning: image)
    }

    /// Fills a polygon; corners are in pixels.
    func fill(_ corners: [(x: Double, y: Double)], colour: Int32) {
        var points = corners.map { gdPoint(x: Int32(clamping: Int($0.x.rounded())), y: Int32(clamping: Int($0.y.rounded()))) }
        unsafe points.withUnsafeMutableBufferPointer { points in
            unsafe gdImageFilledPolygon(image, points.baseAddress, Int32(clamping: points.count), colour)
        }
    }

    /// Fills a disc.
    func fillDisc(x: Double, y: Double, diameter: Double, colour: Int32) {
        let side = Int32(clamping: Int(diameter.rounded()))
        unsafe gdImageFilledEllipse(image, Int32(clamping: Int(x.rounded())), Int32(clamping: Int(y.rounded())), side, side, colour)
    }

    /// Fills the rectangle from one corner to the other, both included; a colour's highest byte makes it transparent, up to 127.
    func fillRectangle(fromX left: Int, y top: Int, toX right: Int, y bottom: Int, colour: Int32) {
        unsafe gdImageFilledRectangle(
            image, Int32(clamping: left), Int32(clamping: top), Int32(clamping: right), Int32(clamping: bottom), colour)
    }

    /// Draws a thin line with smooth edges.
    func stroke(fromX: Double, y fromY: Double, toX: Double, y toY: Double, colour: Int32) {
        unsafe gdImageSetAntiAliased(image, colour)
        unsafe gdImageLine(
            image, Int32(clamping: Int(fromX.rounded())), Int32(clamping: Int(fromY.rounded())), Int32(clamping: Int(toX.rounded())),
            Int32(clamping: Int(toY.rounded())), gdAntiAliased)
    }

    /// Colours one pixel as far as it is covered, 0 to 255; nothing happens outside of the image.
    func blend(x: Int, y: Int, colour: Int32, coverage: UInt8) {
        let transparency = 127 - Int32(coverage) / 2
        unsafe gdImageSetPixel(image, Int32(clamping: x), Int32(clamping: y), transparency << 24 | colour)
    }

    /// Draws another image with its upper left corner here, seen through where it is clear.
    func place(_ other: borrowing GDImage, x: Int, y: Int) {
        // libgd would go through every pixel that falls outside.
        let (hidden, shown) = (max(-x, 0), min(other.width, width - x))
        guard hidden < shown else { return }
        unsafe gdImageCopy(
            image, other.image, Int32(clamping: x + hidden), Int32(clamping: y), Int32(clamping: hidden), 0,
            Int32(clamping: shown - hidden),
            Int32(clamping: other.height))
    }

    /// A copy that is so many times as narrow and as low, each pixel the mean of those that it stands for.
    ///
    /// - Throws: ``PictureError/refused(by:)`` when memory is short.
    func reduced(by factor: Int) throws(PictureError) -> GDImage {
        let copy = try GDImage.blank(width: width / factor, height: height / factor)
        unsafe gdImageAlphaBlending(copy.image, 0)
        unsafe gdImageCopyResampled(
            copy.image, image, 0, 0, 0, 0, Int32(clamping: copy.width), Int32(clamping: copy.height), Int32(clamping: width),
            Int32(clamping: height))
        return copy
    }

    /// Has files tell what is clear.
    func keepClear() { unsafe gdImageSaveAlpha(image, 1) }

    /// A PNG file (ISO/IEC 15948) of three bytes a pixel, four where ``keepClear()`` was called.
    ///
    /// - Throws: ``PictureError/refused(by:)`` when memory is short.
    func png(compression level: Int32) throws(PictureError) -> [UInt8] {
        var count: Int32 = 0
        guard let file = unsafe gdImagePngPtrEx(image, &count, level) else { throw .refused(by: "gdImagePngPtrEx") }
        defer { unsafe gdFree(file) }
        return unsafe Array(UnsafeRawBufferPointer(start: file, count: Int(count)))
    }

    /// The red, green, blue and transparency (0 to 127) of a pixel, from the lowest byte up; black outside.
    func pixel(x: Int, y: Int) -> Int32 { unsafe gdImageGetTrueColorPixel(image, Int32(clamping: x), Int32(clamping: y)) }
}
