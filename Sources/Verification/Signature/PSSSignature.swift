import COpenSSL
import CryptoExtras

/// RSASSA-PSS (RFC 8017, 8.1) by libcrypto, because swift-crypto takes one length of salt only.
///
/// The mask is made by MGF1 with the same hash. The salt may have any length (9.1.2 recovers it): cards take the hash's, others the longest.
enum PSSSignature {
    /// With which hash `key` has signed `message`; `nil` when it has not.
    ///
    /// SHA-256, SHA-384 and SHA-512 are tried, since an answer does not name its hash.
    static func scheme(of signature: [UInt8], over message: [UInt8], by key: _RSA.Signing.PublicKey) -> SignatureScheme? {
        // Each signature is as long as the modulus (8.1.2, step 1).
        guard signature.count == (key.keySizeInBits + 7) / 8 else { return nil }
        let der = Array(key.derRepresentation)
        let parsed = unsafe der.withUnsafeBufferPointer { der in
            var start = der.baseAddress
            return unsafe d2i_PUBKEY(nil, &start, der.count)
        }
        defer {
            unsafe EVP_PKEY_free(parsed)
            ERR_clear_error()
        }
        guard let parsed = unsafe parsed else { return nil }
        let schemes: [SignatureScheme] = [.rsaPSSSHA256, .rsaPSSSHA384, .rsaPSSSHA512]
        let index = unsafe [EVP_sha256(), EVP_sha384(), EVP_sha512()].firstIndex { hash in
            guard let context = unsafe EVP_MD_CTX_new() else { return false }
            defer { unsafe EVP_MD_CTX_free(context) }
            var choice: OpaquePointer?
            return unsafe EVP_DigestVerifyInit(context, &choice, hash, nil, parsed) == 1
                && EVP_PKEY_CTX_set_rsa_padding(choice, RSA_PKCS1_PSS_PADDING) == 1
                && EVP_PKEY_CTX_set_rsa_pss_saltlen(choice, RSA_PSS_SALTLEN_AUTO) == 1
                && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
        }
        return index.map { schemes[$0] }
    }
}
