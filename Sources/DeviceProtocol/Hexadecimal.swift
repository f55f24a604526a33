extension Sequence<UInt8> {
    /// Two lower-case hexadecimal digits a byte.
    package var lowercaseHexadecimal: String { map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
}
