import ISO7816

/// An ECDSA signature, whichever way the card writes it.
enum ECDSASignature {
    /// DER of `ECDSA-Sig-Value` (RFC 3279, 2.2.3) from what a card returned: DER already, or r and s side by side.
    ///
    /// - Parameter scalarBytes: 32 for P-256, 48 for P-384.
    /// - Throws: ``CardError/Code/malformedAnswer`` when it is neither.
    static func der(from bytes: [UInt8], scalarBytes: Int, subject: String) throws(CardError) -> [UInt8] {
        if isDER(bytes, scalarBytes: scalarBytes) { return bytes }
        guard bytes.count == 2 * scalarBytes else {
            throw CardError(.malformedAnswer, subject, detail: "\(bytes.count) bytes are no ECDSA signature")
        }
        return TLV(0x30, containing: [integer(bytes.prefix(scalarBytes)), integer(bytes.suffix(scalarBytes))]).encoded
    }

    private static func isDER(_ bytes: [UInt8], scalarBytes: Int) -> Bool {
        guard let sequence = try? TLV(parsingFirstOf: bytes), sequence.tag == 0x30, sequence.encoded == bytes,
            let numbers = try? sequence.children(), numbers.flatMap(\.encoded) == sequence.value
        else { return false }
        return numbers.count == 2 && numbers.allSatisfy { $0.tag == 0x02 && (1...scalarBytes + 1).contains($0.value.count) }
    }

    private static func integer(_ scalar: some Collection<UInt8>) -> TLV {
        let digits = Array(scalar.drop { $0 == 0 })
        return TLV(0x02, (digits.first.map { $0 >= 0x80 } ?? true ? [0x00] : []) + digits)
    }
}
