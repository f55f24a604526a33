/// Whether two byte strings are equal, in time that depends on their lengths alone.
///
/// For codes, tags and keys: `==` stops at the first difference and so tells how far a guess got.
@inlinable public func constantTimeEquals(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Bool {
    guard left.count == right.count else { return false }
    var difference: UInt8 = 0
    for (a, b) in zip(left, right) { difference |= a ^ b }
    return difference == 0
}

/// Whether two secrets are equal, compared page with page, in time that depends on their lengths alone.
public func constantTimeEquals(_ left: borrowing SecretBytes, _ right: borrowing SecretBytes) -> Bool {
    guard left.count == right.count else { return false }
    return left.withBytes { left in
        right.withBytes { right in
            var difference: UInt8 = 0
            for offset in left.byteOffsets {
                difference |=
                    unsafe left.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
                    ^ right.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
            }
            return difference == 0
        }
    }
}
