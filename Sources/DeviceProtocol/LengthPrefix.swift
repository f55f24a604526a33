/// Each part behind its number of bytes in four, most significant first.
///
/// Parts that are joined so can be told apart again: no two lists of parts give the same bytes.
private func lengthPrefixed(_ parts: [some Collection<UInt8>]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(parts.reduce(0) { $0 + 4 + $1.count })
    for part in parts {
        let count = part.count
        bytes.append(UInt8(truncatingIfNeeded: count >> 24))
        bytes.append(UInt8(truncatingIfNeeded: count >> 16))
        bytes.append(UInt8(truncatingIfNeeded: count >> 8))
        bytes.append(UInt8(truncatingIfNeeded: count))
        bytes.append(contentsOf: part)
    }
    return bytes
}

extension [[UInt8]] {
    /// The parts, each behind its number of bytes in four, most significant first.
    package var lengthPrefixed: [UInt8] { DeviceProtocol.lengthPrefixed(self) }
}

extension [String] {
    /// The texts in UTF-8, each behind its number of bytes in four, most significant first.
    package var lengthPrefixed: [UInt8] { DeviceProtocol.lengthPrefixed(map(\.utf8)) }
}
