import CZBar

/// Reads QR codes from picture files.
public enum QRReader {
    /// The most pixels of an enlarged copy: three times a screen of 1920 by 1080 is within it.
    static let enlargedPixels = 20_000_000

    /// The texts of all QR codes in a PNG or JPEG file, in no promised order; empty when there is none.
    ///
    /// A picture in which nothing is found is looked at again, larger and in plain black and white, since codes of two pixels a
    /// module and blurred ones show then; that is three times more at most, and a picture that is large already is not enlarged.
    /// Decoding takes memory for every pixel, up to ``ImageFormat/maximumPixels``; a larger picture is refused by its header.
    ///
    /// - Throws: ``PictureError/unknownFormat``, ``PictureError/damaged(_:)``, ``PictureError/tooManyPixels(width:height:)``,
    ///   ``PictureError/tooLong(width:height:)``, ``PictureError/refused(by:)``.
    public static func texts(in file: [UInt8]) throws(PictureError) -> [String] {
        let header = try ImageHeader(parsing: file)
        let picture = try GDImage(decoding: file, as: header.format)
        // A header that libgd reads otherwise than we do is no picture for us.
        guard picture.width == header.width, picture.height == header.height else { throw .damaged(header.format) }
        let texts = try texts(in: picture.grey())
        guard texts.isEmpty else { return texts }
        // Sorted by how many of the codes that were missed each finds.
        for (factor, divided) in [(3, false), (3, true), (2, false)] {
            guard picture.width * picture.height * factor * factor <= enlargedPixels else { continue }
            let larger = try picture.enlarged(by: factor).grey()
            let texts = try Self.texts(in: divided ? larger.blackAndWhite() : larger)
            guard texts.isEmpty else { return texts }
        }
        return []
    }

    /// The texts that zbar finds.
    private static func texts(in picture: GreyPicture) throws(PictureError) -> [String] {
        guard let scanner = unsafe zbar_image_scanner_create() else { throw .refused(by: "zbar_image_scanner_create") }
        defer { unsafe zbar_image_scanner_destroy(scanner) }
        guard let image = unsafe zbar_image_create() else { throw .refused(by: "zbar_image_create") }
        defer { unsafe zbar_image_destroy(image) }

        // Nothing but QR codes, and nothing of them on the D-Bus, where others listen.
        unsafe zbar_image_scanner_set_config(scanner, ZBAR_NONE, ZBAR_CFG_ENABLE, 0)
        unsafe zbar_image_scanner_set_config(scanner, ZBAR_QRCODE, ZBAR_CFG_ENABLE, 1)
        unsafe zbar_image_scanner_request_dbus(scanner, 0)

        unsafe zbar_image_set_format(image, tessera_zbar_y800)
        unsafe zbar_image_set_size(image, UInt32(clamping: picture.width), UInt32(clamping: picture.height))
        let count = unsafe picture.pixels.withUnsafeBytes { bytes in
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
