extension Sequence<UInt8> {
    /// Two upper-case hexadecimal digits a byte, nothing between them.
    public var hexadecimal: String {
        let digits = Array("0123456789ABCDEF".utf8)
        return String(decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 0x0F)]] }, as: UTF8.self)
    }
}

extension [UInt8] {
    /// Reads hexadecimal digits, between which spaces may stand.
    ///
    /// - Returns: `nil` for anything else.
    public init?(hexadecimal text: some StringProtocol) {
        var nibbles: [UInt8] = []
        for character in text.utf8 where character != UInt8(ascii: " ") {
            switch character {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): nibbles.append(character - UInt8(ascii: "0"))
            case UInt8(ascii: "A")...UInt8(ascii: "F"): nibbles.append(character - UInt8(ascii: "A") + 10)
            case UInt8(ascii: "a")...UInt8(ascii: "f"): nibbles.append(character - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        guard nibbles.count.isMultiple(of: 2) else { return nil }
        self = stride(from: 0, to: nibbles.count, by: 2).map { nibbles[$0] << 4 | nibbles[$0 + 1] }
    }
}
