import CPeers
import Emulation

/// libcrypto's private operation, one context for all: RSA without padding, or ECDSA.
@safe final class BareSignatures: Workload {
    let name = "libcrypto, EVP_PKEY_sign"
    private let key: OpaquePointer
    private let context: OpaquePointer
    private let input: [UInt8]

    init(_ kind: CardKeyKind) throws {
        let isEC = kind == .p256
        input = isEC ? SigningInput.digest : SigningInput.block
        guard let generation = unsafe EVP_PKEY_CTX_new_from_name(nil, isEC ? "EC" : "RSA", nil) else {
            throw BenchmarkError("EVP_PKEY_CTX_new_from_name failed")
        }
        defer { unsafe EVP_PKEY_CTX_free(generation) }
        var key: OpaquePointer?
        let made =
            unsafe EVP_PKEY_keygen_init(generation) == 1
            && (isEC ? EVP_PKEY_CTX_set_group_name(generation, "P-256") : EVP_PKEY_CTX_set_rsa_keygen_bits(generation, 2048)) == 1
            && EVP_PKEY_generate(generation, &key) == 1
        guard made, let key = unsafe key, let context = unsafe EVP_PKEY_CTX_new(key, nil) else {
            throw BenchmarkError("no key was made")
        }
        let ready =
            unsafe EVP_PKEY_sign_init(context) == 1 && (isEC || EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING) == 1)
        try BenchmarkError.check(ready, "EVP_PKEY_sign_init")
        unsafe (self.key, self.context) = unsafe (key, context)
    }

    deinit {
        unsafe EVP_PKEY_CTX_free(context)
        unsafe EVP_PKEY_free(key)
    }

    func run(_ count: Int) throws {
        var signature = [UInt8](repeating: 0, count: 256)
        for _ in 0..<count {
            var length = signature.count
            try BenchmarkError.check(unsafe EVP_PKEY_sign(context, &signature, &length, input, input.count) == 1, "EVP_PKEY_sign")
            keep(signature[0])
        }
    }
}
