import CZBar

/// Reads QR codes from picture files.
public enum QRReader {
    /// The texts of all QR codes in a PNG or JPEG file, in no promised order; empty when there is none.
    ///
    /// Decoding takes memory for every pixel, up to ``ImageFormat/maximumPixels``; a larger picture is refused by its header.
    ///
    /// - Throws: ``PictureError/unknownFormat``, ``PictureError/damaged(_:)``, ``PictureError/tooManyPixels(width:height:)``,
    ///   ``PictureError/refused(by:)``.
    public static func texts(in file: [UInt8]) throws(PictureError) -> [String] {
        let header = try ImageHeader(parsing: file)
        let picture = try GDImage(decoding: file, as: header.format)
        // A header that libgd reads otherwise than we do is no picture for us.
        guard picture.width == header.width, picture.height == header.height else { throw .damaged(header.format) }
        var pixels = [UInt8]()
        pixels.reserveCapacity(picture.width * picture.height)
        for y in 0..<picture.height {
            for x in 0..<picture.width { pixels.append(picture.grey(x: x, y: y)) }
        }
        return try texts(inGrey: pixels, width: picture.width, height: picture.height)
    }

    /// The texts in a picture of one byte a pixel, row after row.
    private static func texts(inGrey pixels: [UInt8], width: Int, height: Int) throws(PictureError) -> [String] {
        guard let scanner = unsafe zbar_image_scanner_create() else { throw .refused(by: "zbar_image_scanner_create") }
        defer { unsafe zbar_image_scanner_destroy(scanner) }
        guard let image = unsafe zbar_image_create() else { throw .refused(by: "zbar_image_create") }
        defer { unsafe zbar_image_destroy(image) }

        // Nothing but QR codes, and nothing of them on the D-Bus, where others listen.
        unsafe zbar_image_scanner_set_config(scanner, ZBAR_NONE, ZBAR_CFG_ENABLE, 0)
        unsafe zbar_image_scanner_set_config(scanner, ZBAR_QRCODE, ZBAR_CFG_ENABLE, 1)
        unsafe zbar_image_scanner_request_dbus(scanner, 0)

        unsafe zbar_image_set_format(image, tessera_zbar_y800)
        unsafe zbar_image_set_size(image, UInt32(clamping: width), UInt32(clamping: height))
        let count = unsafe pixels.withUnsafeBytes { bytes in
            unsafe zbar_image_set_data(image, bytes.baseAddress, UInt(bytes.count), nil)
            let count = unsafe zbar_scan_image(scanner, image)
            unsafe zbar_image_set_data(image, nil, 0, nil)
            return count
        }
        guard count >= 0 else { throw .refused(by: "zbar_scan_image") }

        var texts = [String]()
        var symbol = unsafe zbar_image_first_symbol(image)
        while let found = unsafe symbol {
            if let data = unsafe zbar_symbol_get_data(found) {
                let length = unsafe Int(zbar_symbol_get_data_length(found))
                let bytes = unsafe UnsafeRawBufferPointer(start: data, count: length)
                // zbar has made UTF-8 of whatever the code announced, or of what it guessed.
                unsafe texts.append(String(decoding: bytes, as: UTF8.self))
            }
            unsafe symbol = unsafe zbar_symbol_next(found)
        }
        return texts
    }
}
