import CGD

/// A picture in libgd's memory: this and `GDImage+Drawing` are the only places that call it.
@safe struct GDImage: ~Copyable {
    let image: gdImagePtr
    private static let quiet: Void = tessera_gd_quiet()

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

    init(owning image: gdImagePtr) { unsafe self.image = image }

    deinit { unsafe gdImageDestroy(image) }

    var width: Int { unsafe Int(image.pointee.sx) }
    var height: Int { unsafe Int(image.pointee.sy) }

    /// The brightness of a pixel, 0 black to 255 white, as seen on white paper where it is transparent; black outside.
    func grey(x: Int, y: Int) -> UInt8 {
        let pixel = unsafe gdImageGetTrueColorPixel(image, Int32(clamping: x), Int32(clamping: y))
        let (red, green, blue) = (pixel >> 16 & 0xFF, pixel >> 8 & 0xFF, pixel & 0xFF)
        let transparency = pixel >> 24 & 0x7F  // 127 is clear
        let grey = (299 * red + 587 * green + 114 * blue) / 1000
        return UInt8(clamping: (grey * (127 - transparency) + 255 * transparency) / 127)
    }

    /// All pixels, in brightness alone.
    func grey() -> GreyPicture {
        var pixels = [UInt8]()
        pixels.reserveCapacity(width * height)
        for y in 0..<height {
            for x in 0..<width { pixels.append(grey(x: x, y: y)) }
        }
        return GreyPicture(width: width, height: height, pixels: pixels)
    }

    /// A copy that is so many times as wide and as high, smoothly.
    ///
    /// - Throws: ``PictureError/refused(by:)`` when memory is short.
    func enlarged(by factor: Int) throws(PictureError) -> GDImage {
        // Not GD_BICUBIC, with which libgd 2.3.3 reads outside of small pictures.
        unsafe gdImageSetInterpolationMethod(image, GD_CATMULLROM)
        guard let width = UInt32(exactly: width * factor), let height = UInt32(exactly: height * factor),
            let copy = unsafe gdImageScale(image, width, height)
        else { throw .refused(by: "gdImageScale") }
        return unsafe GDImage(owning: copy)
    }
}
