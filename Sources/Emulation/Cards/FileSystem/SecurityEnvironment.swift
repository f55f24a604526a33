internal import ISO7816

/// What the next cryptographic command works with: MANAGE SECURITY ENVIRONMENT, SET; ISO/IEC 7816-4, 11.5.11.
struct SecurityEnvironment: Hashable, Sendable {
    /// The control reference templates that these cards know; ISO/IEC 7816-4, table 55.
    enum Purpose: UInt8 {
        /// Authentication (AT).
        case authentication = 0xA4
        /// Digital signature (DST).
        case signature = 0xB6
    }

    let purpose: Purpose
    /// Tag `80`.
    let algorithm: UInt8
    /// Tag `81`: the identifier of the key's file; `nil` where it is not named.
    let file: UInt16?
    /// Tag `84`: the key's number; `nil` where it is not named.
    let keyReference: UInt8?

    /// Reads the template of a SET for computation (P1 with bit 1 and bit 7: `41`).
    ///
    /// - Throws: the status that refuses it.
    init(_ command: CommandAPDU) throws(Refusal) {
        guard command.p1 == 0x41, let purpose = Purpose(rawValue: command.p2) else { throw Refusal(.wrongParameters) }
        guard let objects = try? TLV.series(parsing: command.data), let algorithm = objects.first(0x80), algorithm.count == 1 else {
            throw Refusal(.wrongData)
        }
        self.purpose = purpose
        self.algorithm = algorithm[0]
        // A path, whose last step counts.
        file = objects.first(0x81).flatMap { $0.count >= 2 ? UInt16($0[$0.count - 2]) << 8 | UInt16($0[$0.count - 1]) : nil }
        keyReference = objects.first(0x84)?.last
    }
}

/// A command that a card turns down.
struct Refusal: Error, Hashable, Sendable {
    /// What it says.
    let status: StatusWord

    init(_ status: StatusWord) { self.status = status }
}
