import CGD

/// A picture of libgd: the only place that calls it.
@safe struct GDImage: ~Copyable {
    private let image: gdImagePtr
    private static let white: UInt8 = 0
    private static let black: UInt8 = 1
    /// zlib's level: the codes of screens become as small as at its default, 6, in less time; below 4 they are larger.
    private static let compression: Int32 = 4
    private static let quiet: Void = tessera_gd_quiet()

    /// A white picture with a palette of white and black.
    ///
    /// - Throws: ``PictureError/refused(by:)`` when the size is not one, or memory is short.
    init(whiteOfWidth width: Int, height: Int) throws(PictureError) {
        guard let image = unsafe gdImageCreate(Int32(clamping: width), Int32(clamping: height)) else {
            throw .refused(by: "gdImageCreate")
        }
        unsafe self.image = image
        // A new palette numbers its colours from 0, and number 0 is the background.
        _ = unsafe (gdImageColorAllocate(image, 255, 255, 255), gdImageColorAllocate(image, 0, 0, 0))
    }

    /// The picture in a file.
    ///
    /// The caller has read the size from its header, because libgd takes all memory that the header asks for.
    ///
    /// - Throws: ``PictureError/damaged(_:)``.
    init(decoding file: [UInt8], as format: ImageFormat) throws(PictureError) {
        guard let count = Int32(exactly: file.count) else { throw .damaged(format) }
        _ = Self.quiet
        let decoded = unsafe file.withUnsafeBytes { bytes -> gdImagePtr? in
            let start = unsafe UnsafeMutableRawPointer(mutating: bytes.baseAddress)  // libgd only reads
            return switch format {
            case .png: unsafe gdImageCreateFromPngPtr(count, start)
            case .jpeg: unsafe gdImageCreateFromJpegPtrEx(count, start, 0)
            }
        }
        guard let decoded = unsafe decoded else { throw .damaged(format) }
        unsafe image = decoded
    }

    deinit { unsafe gdImageDestroy(image) }

    var width: Int { unsafe Int(image.pointee.sx) }
    var height: Int { unsafe Int(image.pointee.sy) }

    /// Draws a row of squares, side by side from the left edge: `true` black, `false` white.
    ///
    /// Nothing is drawn when it would stick out, or the picture has no palette. Whole lines are copied, because libgd's own rectangles set pixel after pixel.
    ///
    /// - Parameters:
    ///   - side: the pixels a side of a square.
    ///   - y: the uppermost line.
    func drawSquares(_ squares: [Bool], side: Int, y: Int) {
        guard side > 0, squares.count <= width / side, y >= 0, y <= height - side, let lines = unsafe image.pointee.pixels else { return }
        var line = [UInt8](repeating: Self.white, count: squares.count * side)
        for (place, isBlack) in squares.enumerated() where isBlack {
            for x in place * side..<(place + 1) * side { line[x] = Self.black }
        }
        for y in y..<y + side { unsafe lines[y]?.update(from: line, count: line.count) }
    }

    /// The brightness of a pixel, 0 black to 255 white, as seen on white paper where it is transparent; black outside.
    func grey(x: Int, y: Int) -> UInt8 {
        let pixel = unsafe gdImageGetTrueColorPixel(image, Int32(clamping: x), Int32(clamping: y))
        let (red, green, blue) = (pixel >> 16 & 0xFF, pixel >> 8 & 0xFF, pixel & 0xFF)
        let transparency = pixel >> 24 & 0x7F  // 127 is clear
        let grey = (299 * red + 587 * green + 114 * blue) / 1000
        return UInt8(clamping: (grey * (127 - transparency) + 255 * transparency) / 127)
    }

    /// The picture as a PNG file.
    ///
    /// - Throws: ``PictureError/refused(by:)`` when memory is short.
    func png() throws(PictureError) -> [UInt8] {
        var count: Int32 = 0
        guard let file = unsafe gdImagePngPtrEx(image, &count, Self.compression) else { throw .refused(by: "gdImagePngPtrEx") }
        defer { unsafe gdFree(file) }
        return unsafe Array(UnsafeRawBufferPointer(start: file, count: Int(count)))
    }
}
