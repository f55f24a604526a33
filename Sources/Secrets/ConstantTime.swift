/// Whether two byte strings are equal, in time that depends on their lengths alone.
///
/// For codes, tags and keys: `==` stops at the first difference and so tells how far a guess got.
public func constantTimeEquals(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Bool {
    guard left.count == right.count else { return false }
    var difference: UInt8 = 0
    for (a, b) in zip(left, right) { difference |= a ^ b }
    return difference == 0
}
