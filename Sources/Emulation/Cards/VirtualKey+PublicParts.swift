internal import ISO7816

/// The public half of a key, taken apart.
struct PublicParts: Hashable, Sendable {
    /// RSAPublicKey (RFC 8017, A.1.1), or an uncompressed point.
    let encoded: [UInt8]
    /// What a public key template has: modulus (`81`) and exponent (`82`), or a point (`86`); ISO/IEC 7816-8, table 3.
    let objects: [TLV]
}

extension VirtualKey {
    /// The public half for cards that tell it in parts; `nil` when libcrypto does not tell it.
    var publicParts: PublicParts? {
        guard let information = try? publicKey(), let parts = try? TLV(parsingFirstOf: information).children(),
            let bits = parts.first(0x03)
        else { return nil }
        // The first byte of a BIT STRING counts unused bits: none here.
        let encoded = Array(bits.dropFirst())
        guard kind.curve == nil else { return PublicParts(encoded: encoded, objects: [TLV(0x86, encoded)]) }
        guard let numbers = try? TLV(parsingFirstOf: encoded).children(), numbers.count == 2, numbers.allSatisfy({ $0.tag == 0x02 }) else {
            return nil
        }
        // An INTEGER whose first bit is set stands behind a zero; here it does not.
        return PublicParts(
            encoded: encoded, objects: zip([0x81, 0x82] as [UInt32], numbers).map { TLV($0, Array($1.value.drop { $0 == 0 })) })
    }
}
