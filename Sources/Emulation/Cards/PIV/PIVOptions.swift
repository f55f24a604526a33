/// What a PIV card may hold beyond the four keys; SP 800-73-4 part 1, 3.3.3 and table 39.
public struct PIVOptions: Hashable, Sendable {
    /// Whether certificates are compressed with gzip, as issuers do where memory is short.
    public var compressesCertificates: Bool
    /// How many retired key management keys (82 and on) the card holds, with their certificates; at most 20.
    public var retiredKeys: Int

    /// A card as simple as it can be, unless something is named.
    public init(compressesCertificates: Bool = false, retiredKeys: Int = 0) {
        self.compressesCertificates = compressesCertificates
        self.retiredKeys = retiredKeys
    }
}
