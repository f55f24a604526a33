import CQREncode
import Glibc

/// A QR code (ISO/IEC 18004) of error correction level M, as a square of dark and light modules.
///
/// It stays readable on cheap cameras: at most version 15, and always drawn with its quiet zone.
public struct QRCode: Sendable, Equatable {
    /// The largest version: 77 modules a side, which hold 600 characters of the alphanumeric set or 412 bytes.
    public static let maximumVersion = 15
    /// The width of the light border on each side that readers rely on, in modules (ISO/IEC 18004, quiet zone).
    public static let quietZone = 4
    /// What the largest version of all (40-L) holds, in digits: no text beyond it is given to libqrencode.
    private static let largestText = 7089

    /// The version, 1 to ``maximumVersion``.
    public let version: Int
    /// The number of modules a side, without the quiet zone: 17 + 4 × version.
    public let size: Int
    /// Row after row, `true` for dark.
    private let modules: [Bool]

    /// The smallest code that holds `text`.
    ///
    /// Digits alone are encoded in numeric mode, digits with capitals and ` $%*+-./:` in alphanumeric mode, everything else
    /// as bytes of UTF-8, announced as such (ECI 26) when there is more than ASCII.
    ///
    /// - Throws: ``PictureError/emptyText``, ``PictureError/textTooLarge(bytes:version:limit:)``,
    ///   ``PictureError/refused(by:)``.
    public init(encoding text: String) throws(PictureError) {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty else { throw .emptyText }
        guard bytes.count <= Self.largestText else {
            throw .textTooLarge(bytes: bytes.count, version: nil, limit: Self.maximumVersion)
        }
        guard let input = unsafe QRinput_new2(0, QR_ECLEVEL_M) else { throw .refused(by: "QRinput_new2") }
        defer { unsafe QRinput_free(input) }

        let length = Int32(bytes.count)
        let mode = [QR_MODE_NUM, QR_MODE_AN].first { unsafe QRinput_check($0, length, bytes) == 0 } ?? QR_MODE_8
        let isASCII = bytes.allSatisfy { $0 < 0x80 }
        guard unsafe isASCII || QRinput_appendECIheader(input, 26) == 0 else { throw .refused(by: "QRinput_appendECIheader") }
        guard unsafe QRinput_append(input, mode, length, bytes) == 0 else { throw .refused(by: "QRinput_append") }
        guard let code = unsafe QRcode_encodeInput(input) else {
            guard errno == ERANGE else { throw .refused(by: "QRcode_encodeInput") }
            throw .textTooLarge(bytes: bytes.count, version: nil, limit: Self.maximumVersion)
        }
        defer { unsafe QRcode_free(code) }

        version = unsafe Int(code.pointee.version)
        size = unsafe Int(code.pointee.width)
        guard version <= Self.maximumVersion else {
            throw .textTooLarge(bytes: bytes.count, version: version, limit: Self.maximumVersion)
        }
        // Only the lowest bit is the module, the others tell what it serves for.
        modules = unsafe UnsafeBufferPointer(start: code.pointee.data, count: size * size).map { $0 & 1 == 1 }
    }

    /// Whether the module is dark; the quiet zone and everything outside is light.
    ///
    /// - Parameters:
    ///   - x: the column, from the left, 0 to `size - 1`.
    ///   - y: the row, from the top.
    public subscript(x x: Int, y y: Int) -> Bool {
        guard (0..<size).contains(x), (0..<size).contains(y) else { return false }
        return modules[y * size + x]
    }

    /// The columns and rows to draw: the code with its quiet zone.
    var drawn: Range<Int> { -Self.quietZone..<size + Self.quietZone }
}
