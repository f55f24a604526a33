internal import ISO7816

/// What the next cryptographic command works with: one control reference template; ISO/IEC 7816-4, 11.5.11.
struct SecurityEnvironment: Hashable, Sendable {
    /// The control reference templates that these cards know; ISO/IEC 7816-4, table 55.
    enum Purpose: UInt8, CaseIterable {
        /// Authentication (AT).
        case authentication = 0xA4
        /// Digital signature (DST).
        case signature = 0xB6
        /// Confidentiality (CT).
        case confidentiality = 0xB8
    }

    let purpose: Purpose
    /// Tag `80`.
    let algorithm: UInt8
    /// Tag `81`: the identifier of the key's file; `nil` where it is not named.
    let file: UInt16?
    /// Tag `84`: the key's number; `nil` where it is not named.
    let keyReference: UInt8?

    init(_ purpose: Purpose, algorithm: UInt8, file: UInt16? = nil, keyReference: UInt8?) {
        self.purpose = purpose
        self.algorithm = algorithm
        self.file = file
        self.keyReference = keyReference
    }

    /// Reads the template of a SET for computation (P1 with bit 1 and bit 7: `41`).
    ///
    /// - Throws: the status that refuses it.
    init(_ command: CommandAPDU) throws(Refusal) {
        guard command.p1 == 0x41, let purpose = Purpose(rawValue: command.p2) else { throw Refusal(.wrongParameters) }
        guard let objects = try? TLV.series(parsing: command.data), let environment = SecurityEnvironment(purpose, objects) else {
            throw Refusal(.wrongData)
        }
        self = environment
    }

    /// Reads the objects of a template; `nil` without an algorithm.
    init?(_ purpose: Purpose, _ objects: [TLV]) {
        guard let algorithm = objects.first(0x80), algorithm.count == 1 else { return nil }
        self.init(
            purpose, algorithm: algorithm[0],
            // A path, whose last step counts.
            file: objects.first(0x81).flatMap { UInt16(bigEndian: $0.suffix(2)) },
            keyReference: objects.first(0x84)?.last)
    }

    /// The objects of the template.
    var objects: [TLV] {
        var objects = [TLV(0x80, [algorithm])]
        if let file { objects.append(TLV(0x81, file.bigEndianBytes)) }
        if let keyReference { objects.append(TLV(0x84, [keyReference])) }
        return objects
    }
}

/// A command that a card turns down.
struct Refusal: Error, Hashable, Sendable {
    /// What it says.
    let status: StatusWord

    init(_ status: StatusWord) { self.status = status }
}

extension StatusWord {
    /// `6981`: the current file has another structure.
    static let incompatibleFile = StatusWord(rawValue: 0x6981)
    /// `6986`: no elementary file is current.
    static let noCurrentFile = StatusWord(rawValue: 0x6986)
    /// `6A83`: the file has no such record.
    static let recordNotFound = StatusWord(rawValue: 0x6A83)
    /// `6A84`: there is no room for that in the file.
    static let notEnoughMemory = StatusWord(rawValue: 0x6A84)
}
