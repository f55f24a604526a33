extension [UInt8] {
    /// The bytes behind their number in four bytes, most significant first.
    ///
    /// Parts that are joined so can be told apart again: no two lists of parts give the same bytes.
    package var lengthPrefixed: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(4 + count)
        for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: count >> shift)) }
        bytes += self
        return bytes
    }
}
