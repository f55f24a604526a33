internal import ISO7816

/// What PKCS#15 files are written in: DER, whose objects are BER-TLV with the shortest lengths; ISO/IEC 8825-1, 10.
extension TLV {
    /// SEQUENCE.
    static func sequence(_ objects: TLV...) -> TLV { TLV(0x30, containing: objects) }

    /// INTEGER, not negative.
    static func integer(_ value: Int) -> TLV { integer(tag: 0x02, value) }

    /// ENUMERATED.
    static func enumerated(_ value: Int) -> TLV { integer(tag: 0x0A, value) }

    /// An INTEGER under a tag of its own.
    static func integer(tag: UInt32, _ value: Int) -> TLV {
        let number = UInt32(clamping: value)
        let digits = Array([UInt32(24), 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }.drop { $0 == 0 })
        // A first bit that is set would mean a negative number.
        return TLV(tag, digits.first ?? 0x80 < 0x80 ? digits : [0] + digits)
    }

    /// OCTET STRING.
    static func octets(_ bytes: [UInt8]) -> TLV { TLV(0x04, bytes) }

    /// UTF8String.
    static func text(_ text: String) -> TLV { TLV(0x0C, Array(text.utf8)) }

    /// A named BIT STRING: the first bit is the highest, and zeroes behind the last one are left out (11.2.2).
    static func bits(_ numbers: Int...) -> TLV { bits(numbers) }

    /// The same.
    static func bits(_ numbers: [Int]) -> TLV {
        let last = numbers.max() ?? -1
        var bytes = [UInt8](repeating: 0, count: (last + 8) / 8)
        for number in numbers where number >= 0 { bytes[number / 8] |= 0x80 >> UInt8(number % 8) }
        let unused = last < 0 ? 0 : 7 - last % 8
        return TLV(0x03, [UInt8(unused)] + bytes)
    }
}
