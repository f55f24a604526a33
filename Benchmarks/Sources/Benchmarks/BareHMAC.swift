import CPeers

/// libcrypto's HMAC alone: one context, keyed for each message.
@safe final class BareHMAC: Workload {
    let name: String
    private let context: OpaquePointer
    private let key: [UInt8]
    private var message: [UInt8]
    private var mac = [UInt8](repeating: 0, count: 64)

    /// - Parameter hash: as libcrypto names it.
    init(_ hash: String, messageLength: Int) throws {
        name = "libcrypto HMAC-\(hash)"
        key = [UInt8](repeating: 0x0B, count: hash == "SHA1" ? 20 : 32)
        message = [UInt8](repeating: 0, count: messageLength)
        guard let algorithm = unsafe EVP_MAC_fetch(nil, "HMAC", nil) else { throw BenchmarkError("EVP_MAC_fetch failed") }
        defer { unsafe EVP_MAC_free(algorithm) }
        guard let context = unsafe EVP_MAC_CTX_new(algorithm) else { throw BenchmarkError("EVP_MAC_CTX_new failed") }
        unsafe self.context = unsafe context
        var name = Array(hash.utf8CString)
        let result = unsafe name.withUnsafeMutableBufferPointer { name in
            let parameters = unsafe [
                OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.baseAddress, 0), OSSL_PARAM_construct_end(),
            ]
            return unsafe EVP_MAC_CTX_set_params(context, parameters)
        }
        try BenchmarkError.check(result == 1, "EVP_MAC_CTX_set_params")
    }

    deinit { unsafe EVP_MAC_CTX_free(context) }

    func run(_ count: Int) throws {
        for _ in 0..<count {
            message[0] &+= 1
            var length = 0
            let done =
                unsafe EVP_MAC_init(context, key, key.count, nil) == 1
                && EVP_MAC_update(context, message, message.count) == 1
                && EVP_MAC_final(context, &mac, &length, mac.count) == 1
            try BenchmarkError.check(done, "EVP_MAC")
            keep(mac[0])
        }
    }
}
