import ISO7816

/// What a key signs: a digest, with the name of its hash where the padding wants it.
struct SignatureInput {
    /// The digest that the caller gave.
    let digest: [UInt8]

    /// Checks that `key` can sign a digest of this length.
    ///
    /// - Throws: ``CardError/Code/notSupported`` for a hash that is neither SHA-256 nor SHA-384, or does not fit the curve, and for
    ///   an RSA modulus of fewer than 1024 bits or of no whole number of bytes.
    init(_ digest: [UInt8], for key: CardKey) throws(CardError) {
        let fits =
            switch key.algorithm {
            case .rsa(let bits): (digest.count == 32 || digest.count == 48) && bits >= 1024 && bits.isMultiple(of: 8)
            case .p256: digest.count == 32
            case .p384: digest.count == 48
            // The one hashes by itself, the other signs nothing.
            case .ed25519, .x25519: false
            }
        guard fits else { throw CardError(.notSupported, "a digest of \(digest.count) bytes with \(key.algorithm) key \"\(key.label)\"") }
        self.digest = digest
    }

    /// DER of `DigestInfo`; RFC 8017, 9.2, note 1.
    var digestInfo: [UInt8] {
        // 2.16.840.1.101.3.4.2.1 is SHA-256, .2 is SHA-384.
        let hash: [UInt8] = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, digest.count == 32 ? 0x01 : 0x02]
        return TLV(0x30, containing: [TLV(0x30, containing: [TLV(0x06, hash), TLV(0x05, [])]), TLV(0x04, digest)]).encoded
    }

    /// The whole block for raw RSA with a modulus of `bits` (EMSA-PKCS1-v1_5); RFC 8017, 9.2.
    ///
    /// - Parameter bits: those of the key that the digest was checked for: at least 1024, and whole bytes.
    func padded(toBits bits: Int) -> [UInt8] {
        let info = digestInfo
        let filling = max(8, bits / 8 - 3 - info.count)
        return [0x00, 0x01] + [UInt8](repeating: 0xFF, count: filling) + [0x00] + info
    }
}
