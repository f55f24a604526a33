import COpenSSL

/// What a certificate says of its key, read by libcrypto.
struct CertificateKey {
    /// The kind of key; `nil` for one that no card of ours can have.
    let algorithm: CardKey.Algorithm?
    /// What the key usage extension names (RFC 5280, 4.2.1.3); `nil` where it is absent or names several roles' worth.
    let role: CardKey.Role?
    /// The organisation that issued it; `nil` where it names none, or more than one.
    let issuerOrganization: String?
    /// That organisation's country.
    let issuerCountry: String?

    /// Reads `certificate`, which must be X.509 in DER from its first byte to its last.
    ///
    /// `nil` for anything else.
    init?(parsing certificate: [UInt8]) {
        let parsed = unsafe certificate.withUnsafeBufferPointer { bytes -> OpaquePointer? in
            var cursor = bytes.baseAddress
            let parsed = unsafe d2i_X509(nil, &cursor, bytes.count)
            guard let end = unsafe cursor, let start = bytes.baseAddress, unsafe end - start == bytes.count else {
                unsafe X509_free(parsed)
                return nil
            }
            return unsafe parsed
        }
        guard let parsed = unsafe parsed else {
            ERR_clear_error()
            return nil
        }
        defer { unsafe X509_free(parsed) }
        algorithm = unsafe Self.algorithm(of: X509_get0_pubkey(parsed))
        role = Self.role(usage: unsafe X509_get_key_usage(parsed))
        let issuer = unsafe X509_get_issuer_name(parsed)
        issuerOrganization = unsafe Self.text(of: NID_organizationName, in: issuer)
        issuerCountry = unsafe Self.text(of: NID_countryName, in: issuer)
    }

    private static func algorithm(of key: OpaquePointer?) -> CardKey.Algorithm? {
        guard let key = unsafe key else { return nil }
        switch unsafe EVP_PKEY_get_base_id(key) {
        case EVP_PKEY_RSA: return .rsa(bits: Int(unsafe EVP_PKEY_get_bits(key)))
        case EVP_PKEY_EC:
            var name = [CChar](repeating: 0, count: 64)
            var length = 0
            guard unsafe EVP_PKEY_get_group_name(key, &name, name.count, &length) == 1 else { return nil }
            switch name.prefix(length).map({ UInt8(bitPattern: $0) }) {
            case Array("prime256v1".utf8): return .p256
            case Array("secp384r1".utf8): return .p384
            default: return nil
            }
        case EVP_PKEY_ED25519: return .ed25519
        case EVP_PKEY_X25519: return .x25519
        default: return nil
        }
    }

    private static func role(usage: UInt32) -> CardKey.Role? {
        // All bits set is libcrypto's way of saying that there is no such extension.
        guard usage != UInt32.max else { return nil }
        if usage & UInt32(KU_NON_REPUDIATION) != 0 { return .signature }
        if usage & UInt32(KU_DIGITAL_SIGNATURE) != 0 { return .authentication }
        if usage & UInt32(KU_KEY_ENCIPHERMENT | KU_DATA_ENCIPHERMENT | KU_KEY_AGREEMENT) != 0 { return .decryption }
        return nil
    }

    /// The value of an attribute that `name` has exactly once.
    private static func text(of attribute: Int32, in name: OpaquePointer?) -> String? {
        guard let name = unsafe name else { return nil }
        let index = unsafe X509_NAME_get_index_by_NID(name, attribute, -1)
        guard index >= 0, unsafe X509_NAME_get_index_by_NID(name, attribute, index) < 0 else { return nil }
        var bytes: UnsafeMutablePointer<UInt8>?
        let value = unsafe X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index))
        let count = unsafe ASN1_STRING_to_UTF8(&bytes, value)
        guard count >= 0, let bytes = unsafe bytes else {
            ERR_clear_error()
            return nil
        }
        defer { unsafe CRYPTO_free(bytes, #file, Int32(#line)) }
        return unsafe String(decoding: UnsafeBufferPointer(start: bytes, count: Int(count)), as: UTF8.self)
    }
}
