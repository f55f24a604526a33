/// What a PIV card may hold beyond the four keys, and who may manage it; SP 800-73-4 part 1, 3.3.3 and table 39.
public struct PIVOptions: Hashable, Sendable {
    /// Commands beyond the standard that some maker's cards have.
    public enum Extensions: String, CaseIterable, Hashable, Sendable {
        /// Yubico's, as a YubiKey of firmware 5.4.3 has them, without attestation and without the keys of RSA 1024.
        ///
        /// Version, serial number, metadata; management key, number of tries, PIN and touch policies; import of keys; reset.
        case yubico
    }

    /// Whether certificates are compressed with gzip, as issuers do where memory is short.
    public var compressesCertificates: Bool
    /// How many retired key management keys (82 and on) the card holds, with their certificates; at most 20.
    public var retiredKeys: Int
    /// Who shows this key may make keys and write objects; `nil` when it was destroyed, as on a card that was handed out.
    public var managementKey: PIVManagementKey?
    /// Whose commands the card has beside the standard's; `nil` for none.
    public var extensions: Extensions?

    /// A card as simple as it can be, unless something is named.
    public init(
        compressesCertificates: Bool = false, retiredKeys: Int = 0, managementKey: PIVManagementKey? = .wellKnown,
        extensions: Extensions? = nil
    ) {
        self.compressesCertificates = compressesCertificates
        self.retiredKeys = retiredKeys
        self.managementKey = managementKey
        self.extensions = extensions
    }
}
