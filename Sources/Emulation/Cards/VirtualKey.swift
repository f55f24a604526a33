internal import COpenSSL
internal import Synchronization

/// A private key that stays inside libcrypto; the card's operations on it, and nothing else.
///
/// swift-crypto leaves raw RSA out, which GENERAL AUTHENTICATE needs. All that is unsafe about keys is in this file.
@safe final class VirtualKey: @unchecked Sendable {
    let kind: CardKeyKind
    private let key: OpaquePointer
    /// A context that is ready to sign, when nobody uses it: to make one takes a tenth of an ECDSA signature's time.
    private let ready = Mutex<SigningContext?>(nil)

    /// Takes a key of libcrypto's over, and frees it in the end.
    init(_ kind: CardKeyKind, _ key: OpaquePointer) {
        self.kind = kind
        unsafe self.key = unsafe key
    }

    deinit { unsafe EVP_PKEY_free(key) }

    /// Makes a fresh key from libcrypto's random numbers.
    static func generate(_ kind: CardKeyKind) throws(VirtualKeyError) -> VirtualKey {
        guard let context = unsafe EVP_PKEY_CTX_new_from_name(nil, kind.curve == nil ? "RSA" : "EC", nil) else {
            throw .failure(of: "EVP_PKEY_CTX_new_from_name")
        }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        try check(unsafe EVP_PKEY_keygen_init(context), "EVP_PKEY_keygen_init")
        if let curve = kind.curve {
            try check(unsafe EVP_PKEY_CTX_set_group_name(context, curve), "EVP_PKEY_CTX_set_group_name")
        } else {
            try check(unsafe EVP_PKEY_CTX_set_rsa_keygen_bits(context, Int32(kind.bits)), "EVP_PKEY_CTX_set_rsa_keygen_bits")
        }
        try check(unsafe EVP_PKEY_generate(context, &key), "EVP_PKEY_generate")
        guard let key = unsafe key else { throw .failure(of: "EVP_PKEY_generate") }
        return unsafe VirtualKey(kind, key)
    }

    /// The public half as SubjectPublicKeyInfo, DER; RFC 5280, 4.1.2.7.
    func publicKey() throws(VirtualKeyError) -> [UInt8] {
        let length = unsafe i2d_PUBKEY(key, nil)
        guard length > 0 else { throw .failure(of: "i2d_PUBKEY") }
        var bytes = [UInt8](repeating: 0, count: Int(length))
        let written = unsafe bytes.withUnsafeMutableBufferPointer {
            var end = $0.baseAddress
            return unsafe i2d_PUBKEY(key, &end)
        }
        guard written == length else { throw .failure(of: "i2d_PUBKEY") }
        return bytes
    }

    /// RSA: the block raised to the private exponent, without padding; RFC 8017, 5.1.2 and 5.2.1 are the same operation.
    ///
    /// - Parameter block: as long as the modulus and smaller than it.
    func rawRSA(_ block: [UInt8]) throws(VirtualKeyError) -> [UInt8] {
        try signed(block)
    }

    /// EC: an ECDSA signature of `digest`, DER (r and s); SEC 1, 4.1.3.
    func sign(digest: [UInt8]) throws(VirtualKeyError) -> [UInt8] {
        try signed(digest)
    }

    private func signed(_ input: [UInt8]) throws(VirtualKeyError) -> [UInt8] {
        let kept = ready.withLock { $0.take() }
        let context = if let kept { kept } else { try unsafe SigningContext(key, kind) }
        let signature = try unsafe Self.collect("EVP_PKEY_sign") { out, count in
            unsafe EVP_PKEY_sign(context.pointer, out, &count, input, input.count)
        }
        ready.withLock { $0 = context }
        return signature
    }

    /// libcrypto's context for the one way that a key signs: RSA without padding, or ECDSA.
    ///
    /// One thread uses it at a time.
    @safe private final class SigningContext: @unchecked Sendable {
        let pointer: OpaquePointer

        init(_ key: OpaquePointer, _ kind: CardKeyKind) throws(VirtualKeyError) {
            guard let pointer = unsafe EVP_PKEY_CTX_new(key, nil) else { throw .failure(of: "EVP_PKEY_CTX_new") }
            unsafe self.pointer = unsafe pointer
            try VirtualKey.check(unsafe EVP_PKEY_sign_init(pointer), "EVP_PKEY_sign_init")
            guard kind.curve == nil else { return }
            try VirtualKey.check(unsafe EVP_PKEY_CTX_set_rsa_padding(pointer, RSA_NO_PADDING), "EVP_PKEY_CTX_set_rsa_padding")
        }

        deinit { unsafe EVP_PKEY_CTX_free(pointer) }
    }

    /// EC: the shared secret (the x coordinate) with another party's public point; SEC 1, 3.3.2.
    ///
    /// - Parameter point: uncompressed, and on the curve: libcrypto checks it.
    func agree(with point: [UInt8]) throws(VirtualKeyError) -> [UInt8] {
        guard let peer = unsafe EVP_PKEY_new() else { throw .failure(of: "EVP_PKEY_new") }
        defer { unsafe EVP_PKEY_free(peer) }
        try Self.check(unsafe EVP_PKEY_copy_parameters(peer, key), "EVP_PKEY_copy_parameters")
        try Self.check(unsafe EVP_PKEY_set1_encoded_public_key(peer, point, point.count), "EVP_PKEY_set1_encoded_public_key")
        return try unsafe withContext { context throws(VirtualKeyError) in
            try Self.check(unsafe EVP_PKEY_derive_init(context), "EVP_PKEY_derive_init")
            try Self.check(unsafe EVP_PKEY_derive_set_peer(context, peer), "EVP_PKEY_derive_set_peer")
            return try unsafe Self.collect("EVP_PKEY_derive") { out, count in unsafe EVP_PKEY_derive(context, out, &count) }
        }
    }

    /// The whole key as PrivateKeyInfo, DER; RFC 5208, 5 (PKCS#8).
    ///
    /// It leaves libcrypto for one purpose: the card's state file.
    func privateKey() throws(VirtualKeyError) -> [UInt8] {
        guard let info = unsafe EVP_PKEY2PKCS8(key) else { throw .failure(of: "EVP_PKEY2PKCS8") }
        // It wipes what it frees.
        defer { unsafe PKCS8_PRIV_KEY_INFO_free(info) }
        let length = unsafe i2d_PKCS8_PRIV_KEY_INFO(info, nil)
        guard length > 0 else { throw .failure(of: "i2d_PKCS8_PRIV_KEY_INFO") }
        var bytes = [UInt8](repeating: 0, count: Int(length))
        let written = unsafe bytes.withUnsafeMutableBufferPointer {
            var end = $0.baseAddress
            return unsafe i2d_PKCS8_PRIV_KEY_INFO(info, &end)
        }
        guard written == length else { throw .failure(of: "i2d_PKCS8_PRIV_KEY_INFO") }
        return bytes
    }

    /// Reads what ``privateKey()`` wrote.
    ///
    /// - Throws: ``VirtualKeyError``, also for a key of a kind that no emulated card has, and for bytes behind its end.
    static func parsing(privateKey bytes: [UInt8]) throws(VirtualKeyError) -> VirtualKey {
        let (info, isWhole) = unsafe bytes.withUnsafeBufferPointer { buffer in
            var end = buffer.baseAddress
            let info = unsafe d2i_PKCS8_PRIV_KEY_INFO(nil, &end, buffer.count)
            return unsafe (info, end == buffer.baseAddress?.advanced(by: buffer.count))
        }
        guard let info = unsafe info else { throw .failure(of: "d2i_PKCS8_PRIV_KEY_INFO") }
        defer { unsafe PKCS8_PRIV_KEY_INFO_free(info) }
        guard isWhole, let key = unsafe EVP_PKCS82PKEY(info) else { throw .failure(of: "EVP_PKCS82PKEY") }
        let kind = CardKeyKind.allCases.first { kind in
            unsafe EVP_PKEY_get_bits(key) == kind.bits && EVP_PKEY_is_a(key, kind.curve == nil ? "RSA" : "EC") == 1
                && (kind.curve == nil || group(of: key) == kind.curve)
        }
        guard let kind else {
            unsafe EVP_PKEY_free(key)
            throw .failure(of: "EVP_PKEY_is_a")
        }
        return unsafe VirtualKey(kind, key)
    }

    /// The curve of an EC key, spelled as ``CardKeyKind/curve`` has it where it is one of those.
    private static func group(of key: OpaquePointer) -> String? {
        var name = [CChar](repeating: 0, count: 80)
        var length = 0
        guard unsafe EVP_PKEY_get_group_name(key, &name, name.count, &length) == 1 else { return nil }
        let bytes = name.prefix(length).map { UInt8(bitPattern: $0) }
        let names = ["prime256v1": "P-256", "secp384r1": "P-384"]
        return names[String(decoding: bytes, as: UTF8.self)]
    }

    private func withContext<R>(_ body: (OpaquePointer) throws(VirtualKeyError) -> R) throws(VirtualKeyError) -> R {
        guard let context = unsafe EVP_PKEY_CTX_new(key, nil) else { throw .failure(of: "EVP_PKEY_CTX_new") }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        return try unsafe body(context)
    }

    /// Calls twice, as libcrypto wants it: for the length, then for the bytes.
    private static func collect(
        _ name: String, _ call: (UnsafeMutablePointer<UInt8>?, inout Int) -> Int32
    ) throws(VirtualKeyError) -> [UInt8] {
        var count = 0
        try check(call(nil, &count), name)
        var bytes = [UInt8](repeating: 0, count: count)
        let result = unsafe bytes.withUnsafeMutableBufferPointer { unsafe call($0.baseAddress, &count) }
        try check(result, name)
        return Array(bytes.prefix(count))
    }

    private static func check(_ result: Int32, _ name: String) throws(VirtualKeyError) {
        guard result > 0 else { throw .failure(of: name) }
    }
}

/// Why libcrypto did not do what a card's key should.
public struct VirtualKeyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The C function that failed.
    public let call: String
    /// libcrypto's own code; `openssl errstr` explains it in hexadecimal.
    public let code: UInt

    /// Takes the reason from this thread's error queue and empties it.
    static func failure(of call: String) -> VirtualKeyError {
        let code = ERR_get_error()
        ERR_clear_error()
        return VirtualKeyError(call: call, code: code)
    }

    /// The failing call with its code.
    public var description: String { "\(call) failed, OpenSSL error \(String(code, radix: 16))" }
}
