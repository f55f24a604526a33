import COpenSSL
public import ISO7816

extension CardApplication {
    /// Signs `message` with `key`, once, and checks the signature with the key's certificate before handing it out.
    ///
    /// The message is hashed here, with SHA-384 for P-384 and otherwise SHA-256, or goes to the card as it is for Ed25519. A
    /// card that signs wrongly, and a certificate that belongs to another card, are found; it costs no command.
    ///
    /// - Returns: as ``sign(digest:with:)``, or 64 bytes (RFC 8032, 5.1.6).
    /// - Throws: as ``sign(digest:with:)``; ``CardError/Code/malformedAnswer`` when the signature does not verify.
    public func sign(message: [UInt8], with key: CardKey) async throws(CardError) -> [UInt8] {
        let signature: [UInt8]
        if let digest = key.algorithm.digest(of: message) {
            signature = try await sign(digest: digest, with: key)
        } else {
            signature = try await sign(unhashed: message, with: key)
        }
        guard key.verifies(signature, of: message) else {
            throw CardError(.malformedAnswer, "a signature with \"\(key.label)\"", detail: "it does not verify with the key's certificate")
        }
        return signature
    }
}

extension CardKey.Algorithm {
    /// `message` hashed with what goes with the key: SHA-384 with P-384, otherwise SHA-256 (FIPS 180-4).
    ///
    /// `nil` for a key that hashes by itself, or signs nothing.
    public func digest(of message: [UInt8]) -> [UInt8]? {
        guard let hash = unsafe hash else { return nil }
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var length: UInt32 = 0
        guard unsafe EVP_Digest(message, message.count, &digest, &length, hash, nil) == 1 else { return nil }
        return Array(digest.prefix(Int(length)))
    }

    fileprivate var hash: OpaquePointer? {
        switch self {
        case .p384: unsafe EVP_sha384()
        case .rsa, .p256: unsafe EVP_sha256()
        case .ed25519, .x25519: nil
        }
    }
}

extension CardKey {
    /// Whether `signature` is one of this key over `message`, as libcrypto judges by the certificate.
    ///
    /// RSA with PKCS#1 v1.5 (RFC 8017, 8.2.2), ECDSA in DER, or Ed25519, with the hash of ``Algorithm-swift.enum/digest(of:)``.
    public func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        let result = unsafe certificate.withUnsafeBufferPointer { bytes -> Int32 in
            var cursor = bytes.baseAddress
            let parsed = unsafe d2i_X509(nil, &cursor, bytes.count)
            let context = unsafe EVP_MD_CTX_new()
            defer {
                unsafe X509_free(parsed)
                unsafe EVP_MD_CTX_free(context)
            }
            guard let parsed = unsafe parsed, let context = unsafe context,
                unsafe EVP_DigestVerifyInit(context, nil, algorithm.hash, nil, X509_get0_pubkey(parsed)) == 1
            else { return 0 }
            return unsafe EVP_DigestVerify(context, signature, signature.count, message, message.count)
        }
        ERR_clear_error()
        return result == 1
    }
}
