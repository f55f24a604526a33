/// Bytes as characters that a QR code packs tightest; RFC 9285.
///
/// Two bytes become three characters of the alphanumeric mode of ISO/IEC 18004, a last single byte two.
public enum Base45 {
    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:".utf8)

    private static let values: [UInt8: Int] = Dictionary(uniqueKeysWithValues: zip(alphabet, alphabet.indices))

    /// Writes bytes; RFC 9285, 4.
    public static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 1) / 2 * 3)
        for start in stride(from: 0, to: bytes.count, by: 2) {
            let pair = bytes[start..<min(start + 2, bytes.count)]
            var number = pair.reduce(0) { $0 << 8 | Int($1) }
            for _ in 0...pair.count {
                text.append(alphabet[number % 45])
                number /= 45
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads what ``encode(_:)`` writes, and nothing else: every byte string has one spelling.
    ///
    /// - Throws: ``ScanError/malformed(_:)`` for a character of another alphabet (lower case too), a group that is too large for
    ///   its bytes, or a single character at the end; RFC 9285, 4 and 6.
    public static func decode(_ text: String) throws(ScanError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count / 3 * 2 + 1)
        var number = 0
        var weight = 1
        for (offset, character) in text.utf8.enumerated() {
            guard let value = values[character] else { throw .malformed("character \(offset + 1) is not of Base45") }
            number += value * weight
            weight *= 45
            guard weight == 45 * 45 * 45 else { continue }
            guard let pair = UInt16(exactly: number) else { throw .malformed("characters \(offset - 1) to \(offset + 1) are too large") }
            bytes += [UInt8(pair >> 8), UInt8(pair & 0xFF)]
            (number, weight) = (0, 1)
        }
        guard weight != 45 else { throw .malformed("the last character stands alone") }
        if weight == 45 * 45 {
            guard let byte = UInt8(exactly: number) else { throw .malformed("the last two characters are too large") }
            bytes.append(byte)
        }
        return bytes
    }
}
