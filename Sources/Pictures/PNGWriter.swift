import CZlib

/// Writes pictures of black and white squares as PNG files of one bit a pixel (ISO/IEC 15948).
///
/// zlib alone does it, since such a file is four chunks around its stream. libgd keeps a byte a pixel, and packing these took longer
/// than making the code; libpng calls zlib for every line, and took twice as long (Docs/Performance.md).
enum PNGWriter {
    /// Chosen by time: lines repeat, so that the quickest search finds nearly as much as a long one, and a window of 2^14 bytes with
    /// small tables, which still holds twenty lines of the widest code, is set up sooner than zlib's usual one.
    private static let (level, windowBits, memoryLevel): (Int32, Int32, Int32) = (1, 14, 5)
    /// How a line is written: as it is, or as the difference from the line above it (filter types of 9.2).
    private static let (none, up): (UInt8, UInt8) = (0, 2)
    /// Red, green and blue of colour 0, white, and of colour 1, black: an empty line is white.
    private static let palette: [UInt8] = [255, 255, 255, 0, 0, 0]

    /// A picture of `columns` by `rows` squares.
    ///
    /// - Parameters:
    ///   - columns: at least 1, as `rows` and `side`; less is taken as 1.
    ///   - side: the pixels a side of a square.
    ///   - isBlack: the column and the row of a square, from the upper left corner.
    /// - Throws: ``PictureError/tooManyPixels(width:height:)``, ``PictureError/refused(by:)`` when memory is short.
    static func file(columns: Int, rows: Int, side: Int, isBlack: (_ x: Int, _ y: Int) -> Bool) throws(PictureError) -> [UInt8] {
        let (columns, rows, side) = (max(columns, 1), max(rows, 1), max(side, 1))
        let (width, isTooWide) = columns.multipliedReportingOverflow(by: side)
        let (height, isTooHigh) = rows.multipliedReportingOverflow(by: side)
        let (pixels, isTooLarge) = width.multipliedReportingOverflow(by: height)
        guard !isTooWide, !isTooHigh, !isTooLarge, pixels <= ImageFormat.maximumPixels else {
            throw .tooManyPixels(width: isTooWide ? .max : width, height: isTooHigh ? .max : height)
        }
        let line = 1 + (width + 7) / 8
        var lines = [UInt8](repeating: none, count: height * line)
        unsafe lines.withUnsafeMutableBufferPointer { lines in
            for y in 0..<rows {
                // Only the first line of a row of squares is drawn; the others do not differ from it.
                let start = y * side * line
                for x in 0..<columns where isBlack(x, y) {
                    unsafe blacken(lines, from: 8 * (start + 1) + x * side, count: side)
                }
                for repeated in 1..<side { unsafe lines[start + repeated * line] = up }
            }
        }
        // Bit depth 1 and colour type 3, a palette; then the only methods of compression, filtering and without interlace (11.2.2).
        let header = bytes(width) + bytes(height) + [1, 3, 0, 0, 0]
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunk("IHDR", header) + chunk("PLTE", palette)
            + chunk("IDAT", try deflated(&lines)) + chunk("IEND", [])
    }

    /// Sets `count` bits, the highest of a byte first.
    private static func blacken(_ bytes: UnsafeMutableBufferPointer<UInt8>, from start: Int, count: Int) {
        var (position, left) = (start, count)
        while left > 0 {
            let offset = position & 7
            let taken = min(8 - offset, left)
            unsafe bytes[position >> 3] |= UInt8(truncatingIfNeeded: (0xFF << (8 - taken) & 0xFF) >> offset)
            position += taken
            left -= taken
        }
    }

    /// Length, name, content, and the check of the latter two (5.3).
    private static func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
        let named = Array(name.utf8) + content
        return bytes(content.count) + named + bytes(unsafe Int(crc32(0, named, UInt32(truncatingIfNeeded: named.count))))
    }

    /// A number of four bytes, the highest first (7.1).
    private static func bytes(_ number: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) } }

    private static func deflated(_ lines: inout [UInt8]) throws(PictureError) -> [UInt8] {
        var stream = unsafe z_stream()
        let size = unsafe Int32(MemoryLayout<z_stream>.size)
        guard
            unsafe deflateInit2_(&stream, level, Z_DEFLATED, windowBits, memoryLevel, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size) == Z_OK
        else { throw .refused(by: "deflateInit2") }
        defer { unsafe deflateEnd(&stream) }
        var isDone = false
        let bound = unsafe Int(deflateBound(&stream, UInt(lines.count)))
        let output = unsafe lines.withUnsafeMutableBufferPointer { input in
            unsafe [UInt8](unsafeUninitializedCapacity: bound) { output, count in
                unsafe stream.next_in = input.baseAddress
                unsafe stream.avail_in = UInt32(truncatingIfNeeded: input.count)
                unsafe stream.next_out = output.baseAddress
                unsafe stream.avail_out = UInt32(truncatingIfNeeded: bound)
                isDone = unsafe deflate(&stream, Z_FINISH) == Z_STREAM_END
                count = unsafe bound - Int(stream.avail_out)
            }
        }
        guard isDone else { throw .refused(by: "deflate") }
        return output
    }
}
