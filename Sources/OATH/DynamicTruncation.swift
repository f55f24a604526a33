/// From a MAC to the digits that a person can type (RFC 4226, 5.3).
enum DynamicTruncation {
    /// 31 bits of `mac`, from the place that its own last four bits name (DT).
    ///
    /// `mac` is an HMAC of at least 20 bytes, so that every offset, 0 to 15, leaves four bytes to read.
    static func number(from mac: some BidirectionalCollection<UInt8>) -> UInt32 {
        let offset = Int((mac.last ?? 0) & 0x0F)
        let word = mac.dropFirst(offset).prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        return word & 0x7FFF_FFFF
    }

    /// The last `digits` decimal digits of the number, padded with zeros on the left.
    ///
    /// 31 bits end at 2147483647: the first of ten digits is 0, 1 or 2, and the tenth adds hardly any strength.
    static func code(from mac: some BidirectionalCollection<UInt8>, digits: Int) -> String {
        var rest = number(from: mac)
        var places = [UInt8](repeating: UInt8(ascii: "0"), count: digits)
        for place in places.indices.reversed() {
            places[place] += UInt8(rest % 10)
            rest /= 10
        }
        return String(decoding: places, as: UTF8.self)
    }
}
