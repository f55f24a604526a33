internal import COpenSSL

extension PIVManagementKey {
    /// Encrypts one block by itself (ECB), as challenge and response want it; `nil` when libcrypto refuses.
    ///
    /// swift-crypto has no triple DES. All that is unsafe about management keys is in this file.
    ///
    /// - Parameter block: as long as the cipher's block.
    func encrypted(_ block: [UInt8]) -> [UInt8]? {
        guard block.count == algorithm.blockLength, bytes.count == algorithm.keyLength else { return nil }
        guard let context = unsafe EVP_CIPHER_CTX_new() else { return nil }
        defer { unsafe EVP_CIPHER_CTX_free(context) }
        guard let cipher = unsafe EVP_CIPHER_fetch(nil, algorithm.cipherName, nil) else { return nil }
        defer { unsafe EVP_CIPHER_free(cipher) }
        guard unsafe EVP_EncryptInit_ex2(context, cipher, bytes, nil, nil) == 1, unsafe EVP_CIPHER_CTX_set_padding(context, 0) == 1 else {
            return nil
        }
        // Room for a block more, as EVP_EncryptUpdate(3) asks for.
        var output = [UInt8](repeating: 0, count: 2 * block.count)
        var count: Int32 = 0
        guard unsafe EVP_EncryptUpdate(context, &output, &count, block, Int32(block.count)) == 1, Int(count) == block.count else {
            return nil
        }
        return Array(output.prefix(block.count))
    }
}

extension PIVManagementKey.Algorithm {
    /// libcrypto's name.
    fileprivate var cipherName: String {
        switch self {
        case .tripleDES: "DES-EDE3-ECB"
        case .aes128: "AES-128-ECB"
        case .aes192: "AES-192-ECB"
        case .aes256: "AES-256-ECB"
        }
    }
}
