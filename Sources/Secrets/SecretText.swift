/// Secrets as they are written in files, read from bytes onto a page of their own: hexadecimal, Base64, PEM.
///
/// No step makes text or an array of them; what is lent here is the caller's to wipe.
public enum SecretText {
    /// The bytes of hexadecimal digits, capitals or not, two a byte.
    ///
    /// - Throws: ``SecretBytesError``.
    /// - Returns: `nil` for anything else.
    public static func hexadecimal(_ text: some Sequence<UInt8>) throws(SecretBytesError) -> SecretBytes? {
        var secret = try SecretBytes()
        var high: UInt8?
        for byte in text {
            guard let digit = digit(byte) else { return nil }
            if let first = high {
                try secret.append(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        guard high == nil else { return nil }
        return secret
    }

    /// The bytes of Base64 with its padding, on one line or on several; RFC 4648, section 4.
    ///
    /// - Throws: ``SecretBytesError``.
    /// - Returns: `nil` for anything else.
    public static func base64(_ text: some Sequence<UInt8>) throws(SecretBytesError) -> SecretBytes? {
        var secret = try SecretBytes()
        var (group, count, padding): (UInt32, Int, Int) = (0, 0, 0)
        for byte in text where !isSpace(byte) {
            let isPadding = byte == UInt8(ascii: "=")
            guard let value = isPadding ? 0 : sextet(byte), isPadding || padding == 0 else { return nil }
            padding += isPadding ? 1 : 0
            group = group << 6 | UInt32(value)
            count += 1
            guard count == 4 else { continue }
            // Bits that stand for nothing are zero: one text a secret.
            guard padding <= 2, padding == 0 || group & (padding == 1 ? 0xFF : 0xFFFF) == 0 else { return nil }
            for shift in [16, 8, 0].dropLast(padding) { try secret.append(UInt8(truncatingIfNeeded: group >> UInt32(shift))) }
            (group, count) = (0, 0)
        }
        guard count == 0 else { return nil }
        return secret
    }

    /// The first block of PEM with this label, such as `PRIVATE KEY`: what it holds, in DER; RFC 7468.
    ///
    /// - Throws: ``SecretBytesError``, also for more than ``SecretBytes/capacity`` bytes.
    /// - Returns: `nil` where there is none.
    public static func pem(_ text: some Collection<UInt8>, label: String) throws(SecretBytesError) -> SecretBytes? {
        // Slices of the caller's memory, not copies of it.
        let lines = text.split(separator: UInt8(ascii: "\n"))
        guard let begin = lines.firstIndex(where: { isLine($0, "-----BEGIN \(label)-----") }),
            let end = lines[begin...].firstIndex(where: { isLine($0, "-----END \(label)-----") })
        else { return nil }
        return try base64(lines[(begin + 1)..<end].joined())
    }

    /// Whether this is the line, whatever white space stands behind it.
    private static func isLine(_ bytes: some Collection<UInt8>, _ line: String) -> Bool {
        bytes.starts(with: line.utf8) && bytes.dropFirst(line.utf8.count).allSatisfy(isSpace)
    }

    private static func isSpace(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(byte) }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    private static func sextet(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
