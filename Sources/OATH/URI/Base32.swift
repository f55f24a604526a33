/// Bytes as capitals and the digits 2 to 7, the way key URIs write a secret (RFC 4648, section 6).
public enum Base32 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

    /// Eight letters for five bytes, without padding.
    public static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var letters: [UInt8] = []
        var (pending, count) = (0, 0)
        for byte in bytes {
            pending = (pending << 8 | Int(byte)) & 0xFFF
            count += 8
            while count >= 5 {
                count -= 5
                letters.append(alphabet[pending >> count & 0x1F])
            }
        }
        if count > 0 { letters.append(alphabet[pending << (5 - count) & 0x1F]) }
        return String(decoding: letters, as: UTF8.self)
    }

    /// Reads letters of either case, with the whole padding or with none.
    ///
    /// - Returns: `nil` for another character, a length that no bytes have, or bits behind the last byte that are not zero: two
    ///   texts would then stand for one secret.
    public static func decode(_ text: some StringProtocol) -> [UInt8]? {
        var letters = Array(text.utf8)[...]
        let written = letters.count
        while letters.last == UInt8(ascii: "=") { letters = letters.dropLast() }
        guard letters.count == written || (written.isMultiple(of: 8) && written - letters.count < 8) else { return nil }
        guard ![1, 3, 6].contains(letters.count % 8) else { return nil }

        var bytes: [UInt8] = []
        var (pending, count) = (0, 0)
        for letter in letters {
            guard let value = value(of: letter) else { return nil }
            pending = (pending << 5 | value) & 0xFFF
            count += 5
            guard count >= 8 else { continue }
            count -= 8
            bytes.append(UInt8(truncatingIfNeeded: pending >> count))
        }
        guard pending & (1 << count - 1) == 0 else { return nil }
        return bytes
    }

    private static func value(of letter: UInt8) -> Int? {
        switch letter {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): Int(letter - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): Int(letter - UInt8(ascii: "a"))
        case UInt8(ascii: "2")...UInt8(ascii: "7"): Int(letter - UInt8(ascii: "2")) + 26
        default: nil
        }
    }
}
