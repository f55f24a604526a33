import CPeers
import Pictures

/// What a sealed picture cannot do without, bare: libqrencode, three X25519 operations, zlib.
///
/// The three are those of HPKE's AuthPSK (RFC 9180, 4.1): a key made, and two agreements. No HKDF, no cipher, no drawing. zlib at
/// level 4, as in our pictures.
@safe final class BareSealing: Workload {
    let name = "libqrencode, 3 X25519, deflate"
    private let qr: BareQR
    private let generation: OpaquePointer
    private let issuer: OpaquePointer
    private let device: OpaquePointer
    private let agreement: OpaquePointer
    /// The rows of the picture, one bit a pixel, each behind a byte for its filter: what a PNG file deflates.
    private let rows: [UInt8]
    private var deflated: [UInt8]

    init(_ text: String) throws {
        qr = try BareQR(text)
        rows = try Self.rows(of: QRCode(encoding: text), modulePixels: 8)
        deflated = [UInt8](repeating: 0, count: Int(compressBound(UInt(rows.count))))
        guard let generation = unsafe EVP_PKEY_CTX_new_from_name(nil, "X25519", nil) else {
            throw BenchmarkError("EVP_PKEY_CTX_new_from_name failed")
        }
        try BenchmarkError.check(unsafe EVP_PKEY_keygen_init(generation) == 1, "EVP_PKEY_keygen_init")
        let issuer = try unsafe Self.key(generation)
        let device = try unsafe Self.key(generation)
        guard let agreement = unsafe EVP_PKEY_CTX_new(issuer, nil) else { throw BenchmarkError("EVP_PKEY_CTX_new failed") }
        try unsafe Self.ready(agreement, device)
        unsafe (self.generation, self.issuer, self.device, self.agreement) = unsafe (generation, issuer, device, agreement)
    }

    deinit {
        unsafe EVP_PKEY_CTX_free(agreement)
        unsafe EVP_PKEY_CTX_free(generation)
        unsafe EVP_PKEY_free(device)
        unsafe EVP_PKEY_free(issuer)
    }

    func run(_ count: Int) throws {
        for _ in 0..<count {
            try agree()
            try qr.run(1)
            var length = UInt(deflated.count)
            try BenchmarkError.check(unsafe compress2(&deflated, &length, rows, UInt(rows.count), 4) == Z_OK, "compress2")
            keep(length)
        }
    }

    private func agree() throws {
        let ephemeral = try unsafe Self.key(generation)
        defer { unsafe EVP_PKEY_free(ephemeral) }
        guard let context = unsafe EVP_PKEY_CTX_new(ephemeral, nil) else { throw BenchmarkError("EVP_PKEY_CTX_new failed") }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        try unsafe Self.ready(context, device)
        keep(try unsafe Self.secret(context))
        keep(try unsafe Self.secret(agreement))
    }

    /// The two agreements of who opens (RFC 9180, 4.1, AuthDecap).
    fileprivate func agreeAgain() throws {
        keep(try unsafe Self.secret(agreement))
        keep(try unsafe Self.secret(agreement))
    }

    private static func secret(_ context: OpaquePointer) throws -> [UInt8] {
        var secret = [UInt8](repeating: 0, count: 32)
        var length = secret.count
        try BenchmarkError.check(unsafe EVP_PKEY_derive(context, &secret, &length) == 1, "EVP_PKEY_derive")
        return secret
    }

    private static func key(_ generation: OpaquePointer) throws -> OpaquePointer {
        var key: OpaquePointer?
        guard unsafe EVP_PKEY_generate(generation, &key) == 1, let key = unsafe key else {
            throw BenchmarkError("EVP_PKEY_generate failed")
        }
        return unsafe key
    }

    private static func ready(_ context: OpaquePointer, _ other: OpaquePointer) throws {
        try BenchmarkError.check(unsafe EVP_PKEY_derive_init(context) == 1, "EVP_PKEY_derive_init")
        try BenchmarkError.check(unsafe EVP_PKEY_derive_set_peer(context, other) == 1, "EVP_PKEY_derive_set_peer")
    }

    private static func rows(of code: QRCode, modulePixels: Int) -> [UInt8] {
        let modules = -QRCode.quietZone..<code.size + QRCode.quietZone
        return modules.flatMap { y in
            let pixels = modules.flatMap { x in [Bool](repeating: !code[x: x, y: y], count: modulePixels) }
            let bytes = stride(from: 0, to: pixels.count, by: 8).map { start in
                pixels[start..<min(start + 8, pixels.count)].reduce(UInt8(0)) { $0 << 1 | ($1 ? 1 : 0) }
            }
            return [[UInt8]](repeating: [0] + bytes, count: modulePixels).flatMap { $0 }
        }
    }
}

/// What opening cannot do without, bare.
///
/// Two X25519 agreements. No HKDF, no cipher, no DER.
final class BareOpening: Workload {
    let name = "2 X25519"
    private let sealing: BareSealing

    init() throws { sealing = try BareSealing("SC1:") }

    func run(_ count: Int) throws {
        for _ in 0..<count { try sealing.agreeAgain() }
    }
}
