/// The picture files that can be read.
public enum ImageFormat: String, Sendable {
    /// ISO/IEC 15948.
    case png = "PNG"
    /// ISO/IEC 10918.
    case jpeg = "JPEG"

    /// The most pixels that a picture may have: 32 megapixels, about 160 MB while it is read.
    public static let maximumPixels = 32_000_000
    /// The most pixels that a side may have: a code is square, and no camera makes more of it.
    public static let maximumSide = 16_384
}

/// What a picture file says of itself before anything is decoded.
struct ImageHeader: Equatable {
    let format: ImageFormat
    let width: Int
    let height: Int

    /// Reads the format and the size.
    ///
    /// - Throws: ``PictureError/unknownFormat``, ``PictureError/damaged(_:)``, ``PictureError/tooManyPixels(width:height:)``,
    ///   ``PictureError/tooLong(width:height:)``.
    init(parsing file: [UInt8]) throws(PictureError) {
        let size: (width: Int, height: Int)?
        if file.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            format = .png
            size = Self.pngSize(file)
        } else if file.starts(with: [0xFF, 0xD8, 0xFF]) {
            format = .jpeg
            size = Self.jpegSize(file)
        } else {
            throw .unknownFormat
        }
        guard let size, size.width > 0, size.height > 0 else { throw .damaged(format) }
        (width, height) = size
        // Both are 32-bit numbers, so the product of two large ones may not fit.
        let (pixels, overflow) = width.multipliedReportingOverflow(by: height)
        guard !overflow, pixels <= ImageFormat.maximumPixels else { throw .tooManyPixels(width: width, height: height) }
        guard max(width, height) <= ImageFormat.maximumSide else { throw .tooLong(width: width, height: height) }
    }

    /// IHDR is the first chunk of every PNG file (ISO/IEC 15948, 11.2.2).
    private static func pngSize(_ file: [UInt8]) -> (width: Int, height: Int)? {
        let chunk = file.dropFirst(8)
        guard chunk.dropFirst(4).starts(with: "IHDR".utf8), let width = number(file, at: 16, bytes: 4) else { return nil }
        return number(file, at: 20, bytes: 4).map { (width, $0) }
    }

    /// The frame header (SOF), behind other segments, each of which says how long it is (ISO/IEC 10918-1, B.1.1 and B.2.2).
    private static func jpegSize(_ file: [UInt8]) -> (width: Int, height: Int)? {
        var offset = 2
        while number(file, at: offset, bytes: 1) == 0xFF, let marker = number(file, at: offset + 1, bytes: 1) {
            if marker == 0xFF {  // fill bytes may stand before a marker
                offset += 1
                continue
            }
            if marker == 0x01 || (0xD0...0xD7).contains(marker) {  // TEM and RSTm stand alone
                offset += 2
                continue
            }
            // A second start, an end or a stuffed byte before the frame header: what follows cannot be told.
            guard ![0x00, 0xD8, 0xD9].contains(marker) else { return nil }
            guard let length = number(file, at: offset + 2, bytes: 2), length >= 2 else { return nil }
            // C4, C8 and CC share the range, and are tables.
            if (0xC0...0xCF).contains(marker), ![0xC4, 0xC8, 0xCC].contains(marker) {
                guard let height = number(file, at: offset + 5, bytes: 2) else { return nil }
                return number(file, at: offset + 7, bytes: 2).map { ($0, height) }
            }
            offset += 2 + length
        }
        return nil
    }

    private static func number(_ file: [UInt8], at offset: Int, bytes count: Int) -> Int? {
        guard offset + count <= file.count else { return nil }
        return file[offset..<offset + count].reduce(0) { $0 << 8 | Int($1) }
    }
}
