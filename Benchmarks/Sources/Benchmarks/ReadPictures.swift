import CPeers
import Pictures

/// A QR code from its PNG file, as a device with a camera reads it.
final class ReadPictures: Workload {
    let name = "QRReader.texts"
    private let text: String
    private let file: [UInt8]

    init(_ text: String) throws {
        self.text = text
        file = try QRCode(encoding: text).png()
    }

    func run(_ count: Int) throws {
        for _ in 0..<count {
            guard try QRReader.texts(in: file) == [text] else { throw BenchmarkError("the picture was not read") }
        }
    }
}

/// libzbar alone, over pixels that are there already.
@safe final class BareReading: Workload {
    let name = "libzbar"
    private let scanner: OpaquePointer
    private let image: OpaquePointer
    private let pixels: [UInt8]

    init(_ text: String) throws {
        let code = try QRCode(encoding: text)
        let side = (code.size + 2 * QRCode.quietZone) * 8
        pixels = (0..<side).flatMap { y in
            (0..<side).map { x in code[x: x / 8 - QRCode.quietZone, y: y / 8 - QRCode.quietZone] ? 0 : 255 }
        }
        guard let scanner = unsafe zbar_image_scanner_create(), let image = unsafe zbar_image_create() else {
            throw BenchmarkError("zbar_image_create failed")
        }
        unsafe (self.scanner, self.image) = unsafe (scanner, image)
        unsafe zbar_image_scanner_set_config(scanner, ZBAR_NONE, ZBAR_CFG_ENABLE, 0)
        unsafe zbar_image_scanner_set_config(scanner, ZBAR_QRCODE, ZBAR_CFG_ENABLE, 1)
        unsafe zbar_image_scanner_request_dbus(scanner, 0)
        unsafe zbar_image_set_format(image, 0x3030_3859)  // Y800
        unsafe zbar_image_set_size(image, UInt32(side), UInt32(side))
    }

    deinit {
        unsafe zbar_image_destroy(image)
        unsafe zbar_image_scanner_destroy(scanner)
    }

    func run(_ count: Int) throws {
        for _ in 0..<count {
            let found = unsafe pixels.withUnsafeBytes { bytes in
                unsafe zbar_image_set_data(image, bytes.baseAddress, UInt(bytes.count), nil)
                let found = unsafe zbar_scan_image(scanner, image)
                unsafe zbar_image_set_data(image, nil, 0, nil)
                return found
            }
            try BenchmarkError.check(found == 1, "zbar_scan_image")
        }
    }
}
