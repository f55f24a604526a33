import CAssets
import Crypto
import NIOCore

/// One file of the page, as it lies in the program.
struct Asset: Sendable {
    /// What it is called in the page's folder: `js/main.js`.
    let path: String
    let bytes: ByteBuffer
    /// A strong validator (RFC 9110, 8.8.3): another file has another one.
    let tag: String

    /// Its media type.
    var type: String {
        switch path.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "svg": "image/svg+xml"
        default: "application/octet-stream"
        }
    }

    /// All files of the page.
    static let all: [Asset] = (0..<console_asset_count()).compactMap { index in
        guard let entry = unsafe console_asset_at(index) else { return nil }
        let bytes = unsafe ByteBuffer(bytes: UnsafeRawBufferPointer(start: entry.pointee.bytes, count: entry.pointee.count))
        let digest = SHA256.hash(data: bytes.readableBytesView)
        let tag = digest.prefix(12).map { byte in "0123456789abcdef".digits(of: byte) }.joined()
        return unsafe Asset(path: String(cString: entry.pointee.path), bytes: bytes, tag: "\"\(tag)\"")
    }
}

extension String {
    /// Two hexadecimal digits.
    fileprivate func digits(of byte: UInt8) -> String {
        let digits = Array(self)
        return String([digits[Int(byte >> 4)], digits[Int(byte & 15)]])
    }
}
