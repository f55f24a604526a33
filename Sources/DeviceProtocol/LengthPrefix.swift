extension [UInt8] {
    /// The bytes behind their number in four bytes, most significant first.
    ///
    /// Parts that are joined so can be told apart again: no two lists of parts give the same bytes.
    package var lengthPrefixed: [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: count >> (24 - 8 * $0)) } + self }
}
