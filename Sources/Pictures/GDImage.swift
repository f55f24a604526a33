import CGD

/// A picture of libgd: the only place that calls it.
@safe struct GDImage: ~Copyable {
    private let image: gdImagePtr
    private static let black: Int32 = 1
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

    /// Draws a square; libgd cuts off what lies outside.
    func fillBlack(x: Int, y: Int, side: Int) {
        let (left, top, side) = (Int32(clamping: x), Int32(clamping: y), Int32(clamping: side))
        unsafe gdImageFilledRectangle(image, left, top, left + side - 1, top + side - 1, Self.black)
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
        guard let file = unsafe gdImagePngPtr(image, &count) else { throw .refused(by: "gdImagePngPtr") }
        defer { unsafe gdFree(file) }
        return unsafe Array(UnsafeRawBufferPointer(start: file, count: Int(count)))
    }
}
