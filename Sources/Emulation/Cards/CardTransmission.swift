internal import ISO7816

/// The protocol that an emulated card offers to its reader; ISO/IEC 7816-3.
public enum CardTransmission: String, CaseIterable, Hashable, Sendable {
    /// Bytes: a command brings data or asks for data (clause 10).
    case t0
    /// Blocks: whole commands and answers (clause 11).
    case t1

    /// An Answer-to-Reset with this protocol alone, no other interface bytes, and a checksum where there must be one.
    func answerToReset(historicalBytes: [UInt8]) -> [UInt8] {
        let count = UInt8(truncatingIfNeeded: historicalBytes.count)
        switch self {
        case .t0: return [0x3B, count] + historicalBytes
        case .t1:
            // TD1 = 80 leads on to TD2 = 01; the exclusive-or of all bytes behind TS is zero.
            let bytes = [0x80 | count, 0x80, 0x01] + historicalBytes
            return [0x3B] + bytes + [bytes.reduce(0, ^)]
        }
    }
}
