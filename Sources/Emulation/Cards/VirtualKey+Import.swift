internal import COpenSSL
internal import ISO7816

/// Private keys that come from outside, in the parts in which cards take them. All that is unsafe about it is in this file.
extension VirtualKey {
    /// An RSA key from its parts for the Chinese remainder theorem; RFC 8017, 3.2.
    ///
    /// The public exponent is what undoes dP modulo p - 1. libcrypto checks that the primes are prime and that all fits.
    ///
    /// - Throws: ``VirtualKeyError`` when they are no RSA key of this kind.
    static func imported(
        _ kind: CardKeyKind, primes: (p: [UInt8], q: [UInt8]), exponents: (dP: [UInt8], dQ: [UInt8]), coefficient: [UInt8]
    ) throws(VirtualKeyError) -> VirtualKey {
        let p = try BigNumber(primes.p)
        let q = try BigNumber(primes.q)
        let pLess = try p.lessOne()
        let qLess = try q.lessOne()
        let n = try p.times(q)
        guard n.bits == kind.bits else { throw .failure(of: "BN_num_bits") }
        let e = try BigNumber(exponents.dP).inverse(modulo: pLess)
        let d = try e.inverse(modulo: pLess.times(qLess))
        let numbers = [
            [0], n.bytes(), e.bytes(), d.bytes(), primes.p, primes.q, exponents.dP, exponents.dQ, coefficient,
        ]
        // RSAPrivateKey; RFC 8017, A.1.2.
        return try read(kind, TLV(0x30, containing: numbers.map(integer)), EVP_PKEY_RSA)
    }

    /// An EC key from its private number; libcrypto makes the public point of it.
    ///
    /// - Throws: ``VirtualKeyError`` when it is none for this curve.
    static func imported(_ kind: CardKeyKind, privateNumber: [UInt8]) throws(VirtualKeyError) -> VirtualKey {
        guard privateNumber.count == kind.bits / 8 else { throw .failure(of: "d2i_PrivateKey") }
        // secp256r1 and secp384r1; RFC 5480, 2.1.1.1.
        let curve: [UInt8] = kind == .p256 ? [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07] : [0x2B, 0x81, 0x04, 0x00, 0x22]
        // ECPrivateKey; RFC 5915, 3.
        let key = TLV(
            0x30, containing: [TLV(0x02, [1]), TLV(0x04, privateNumber), TLV(0xA0, containing: [TLV(0x06, curve)])])
        return try read(kind, key, EVP_PKEY_EC)
    }

    /// A positive INTEGER in DER: no leading zeros but the one that keeps it positive.
    private static func integer(_ bytes: [UInt8]) -> TLV {
        let number = Array(bytes.drop { $0 == 0 })
        return TLV(0x02, number.first.map { $0 < 0x80 } == true ? number : [0] + number)
    }

    private static func read(_ kind: CardKeyKind, _ encoded: TLV, _ type: Int32) throws(VirtualKeyError) -> VirtualKey {
        let bytes = encoded.encoded
        let key = unsafe bytes.withUnsafeBufferPointer {
            var start = $0.baseAddress
            return unsafe d2i_PrivateKey(type, nil, &start, bytes.count)
        }
        guard let key = unsafe key else { throw .failure(of: "d2i_PrivateKey") }
        let imported = unsafe VirtualKey(kind, key)
        guard let context = unsafe EVP_PKEY_CTX_new(key, nil) else { throw .failure(of: "EVP_PKEY_CTX_new") }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        guard unsafe EVP_PKEY_check(context) == 1 else { throw .failure(of: "EVP_PKEY_check") }
        return imported
    }
}

/// A number of libcrypto's, wiped at the end.
@safe private struct BigNumber: ~Copyable {
    private let number: OpaquePointer

    /// The number with these bytes, the highest first.
    init(_ bytes: [UInt8]) throws(VirtualKeyError) {
        guard let number = unsafe BN_bin2bn(bytes, Int32(clamping: bytes.count), nil) else { throw .failure(of: "BN_bin2bn") }
        unsafe self.number = unsafe number
    }

    deinit { unsafe BN_clear_free(number) }

    var bits: Int { Int(unsafe BN_num_bits(number)) }

    func bytes() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: (bits + 7) / 8)
        let written = unsafe BN_bn2bin(number, &bytes)
        return Array(bytes.prefix(Int(written)))
    }

    func lessOne() throws(VirtualKeyError) -> BigNumber {
        let result = try BigNumber(bytes())
        guard unsafe BN_sub_word(result.number, 1) == 1 else { throw .failure(of: "BN_sub_word") }
        return result
    }

    func times(_ other: borrowing BigNumber) throws(VirtualKeyError) -> BigNumber {
        guard let context = unsafe BN_CTX_new() else { throw .failure(of: "BN_CTX_new") }
        defer { unsafe BN_CTX_free(context) }
        let result = try BigNumber([])
        guard unsafe BN_mul(result.number, number, other.number, context) == 1 else { throw .failure(of: "BN_mul") }
        return result
    }

    /// What gives one with this number; there is none when both have a divisor in common.
    func inverse(modulo modulus: borrowing BigNumber) throws(VirtualKeyError) -> BigNumber {
        guard let context = unsafe BN_CTX_new() else { throw .failure(of: "BN_CTX_new") }
        defer { unsafe BN_CTX_free(context) }
        let result = try BigNumber([])
        guard unsafe BN_mod_inverse(result.number, number, modulus.number, context) != nil else { throw .failure(of: "BN_mod_inverse") }
        return result
    }
}
