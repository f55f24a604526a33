/// From a MAC to the digits that a person can type (RFC 4226, 5.3).
enum DynamicTruncation {
    /// 31 bits of `mac`, from the place that its own last four bits name (DT).
    ///
    /// `mac` is an HMAC of at least 20 bytes, so that every offset, 0 to 15, leaves four bytes to read.
    static func number(from mac: [UInt8]) -> UInt32 {
        let offset = Int((mac.last ?? 0) & 0x0F)
        let word = mac.dropFirst(offset).prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        return word & 0x7FFF_FFFF
    }

    /// The last `digits` decimal digits of the number, padded with zeros on the left.
    ///
    /// 31 bits end at 2147483647: the first of ten digits is 0, 1 or 2, and the tenth adds hardly any strength.
    static func code(from mac: [UInt8], digits: Int) -> String {
        let modulus = (0..<digits).reduce(UInt64(1)) { power, _ in power * 10 }
        let decimal = String(UInt64(number(from: mac)) % modulus)
        return String(repeating: "0", count: digits - decimal.count) + decimal
    }
}
