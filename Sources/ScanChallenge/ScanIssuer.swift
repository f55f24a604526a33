public import Crypto

/// Who seals: a bank, or an operator for several banks, with its static key pair.
public struct ScanIssuer: Sendable {
    /// What devices know of it.
    public let identity: ScanIssuerIdentity

    /// The static X25519 key (RFC 7748); a seal is only made with it.
    let privateKey: Curve25519.KeyAgreement.PrivateKey

    /// An issuer.
    ///
    /// - Parameters:
    ///   - id: 1 to 64 printable ASCII characters.
    ///   - privateKey: its static X25519 key; the public half is in every device since the factory.
    /// - Throws: ``ScanError/unusableKey(_:)`` for another id.
    public init(id: String, privateKey: Curve25519.KeyAgreement.PrivateKey) throws(ScanError) {
        identity = try ScanIssuerIdentity(id: id, publicKey: privateKey.publicKey)
        self.privateKey = privateKey
    }
}

/// What a device knows of the issuer since the factory.
public struct ScanIssuerIdentity: Sendable {
    /// Its name, 1 to 64 printable ASCII characters; part of every seal.
    public let id: String
    /// Its static X25519 key; RFC 7748.
    public let publicKey: Curve25519.KeyAgreement.PublicKey

    /// An issuer's public part.
    ///
    /// - Throws: ``ScanError/unusableKey(_:)`` unless `id` has 1 to 64 printable ASCII characters, and for a key of small order
    ///   (RFC 9180, 7.1.4).
    public init(id: String, publicKey: Curve25519.KeyAgreement.PublicKey) throws(ScanError) {
        guard Self.admits(id: id) else {
            throw .unusableKey("an issuer's id has 1 to 64 printable ASCII characters")
        }
        guard !publicKey.isOfSmallOrder else { throw .unusableKey("the issuer's public key is of small order") }
        self.id = id
        self.publicKey = publicKey
    }

    /// Whether an issuer can have this name.
    package static func admits(id: String) -> Bool {
        (1...64).contains(id.utf8.count) && id.utf8.allSatisfy { (0x20...0x7E).contains($0) }
    }

    /// HPKE's `info` (RFC 9180, 5.1): the format and the issuer, so that a seal of one issuer opens as no other's.
    var info: [UInt8] { Array("tessera/scan/1\(id)".utf8) }
}
