/// How large a key container may be: its elements are kept in memory, some 1 KB for each of a key's.
public struct PSKCLimits: Hashable, Sendable {
    /// Bytes.
    public let bytes: Int
    /// Keys.
    public let packages: Int
    /// Elements.
    let elements: Int

    /// What anybody may send: 16 MiB, which hold some 10,000 keys.
    public static let usual = PSKCLimits(bytes: 16 << 20, packages: 20_000, elements: 500_000)
    /// What a bank imports on purpose: 256 MiB, 200,000 keys.
    public static let bulk = PSKCLimits(bytes: 256 << 20, packages: 200_000, elements: 5_000_000)
}
