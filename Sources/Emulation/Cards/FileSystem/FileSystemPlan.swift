internal import ISO7816

/// What a card with files consists of, without what they hold: tree, PINs, keys, data objects, environments, and its style.
///
/// One cell of the card's memory has all of it, so that a memory alone makes a card again.
struct FileSystemPlan: Hashable, Sendable {
    /// How PIN and PUK with one reference travel.
    struct PIN: Hashable, Sendable {
        let reference: UInt8
        let format: ReferenceData.Format
        let pukFormat: ReferenceData.Format
        /// What VERIFY asks for the PUK by; `nil` where only RESET RETRY COUNTER knows it.
        let pukReference: UInt8?
    }

    /// What MANAGE SECURITY ENVIRONMENT, RESTORE, finds under a number.
    struct StoredEnvironment: Hashable, Sendable {
        let number: UInt8
        let environment: SecurityEnvironment
    }

    /// The cell that has the plan.
    static let cell = "file system"

    var style: FileSystemStyle.Name
    /// The master file's own name, for a card that is one application.
    var masterName: [UInt8]?
    /// All but the master file.
    var files: [CardFile] = []
    var keys: [NumberedKey] = []
    var pins: [PIN] = []
    /// What GET DATA can ask for, by P1 and P2.
    var objects: [UInt16] = []
    var environments: [StoredEnvironment] = []

    /// The cell that has a data object.
    static func cell(ofObject identifier: UInt16) -> String { "object \(identifier.bigEndianBytes.hexadecimal)" }

    /// As the card's memory has it: private data objects, one for each part.
    var encoded: [UInt8] {
        var parts = [TLV(0x50, Array(style.rawValue.utf8))]
        if let masterName { parts.append(TLV(0x84, masterName)) }
        parts += files.map { TLV(0xE0, containing: Self.parts(of: $0)) }
        parts += keys.map {
            TLV(
                0xE1,
                containing: [
                    TLV(0x84, [$0.reference]), TLV(0x81, Array($0.kind.rawValue.utf8)), TLV(0x82, $0.access.encoded),
                    TLV(0x83, $0.update.encoded), TLV(0x85, [$0.purposes.rawValue]),
                ])
        }
        parts += pins.map { pin in
            TLV(
                0xE2,
                containing: [TLV(0x83, [pin.reference]), TLV(0x81, pin.format.encoded), TLV(0x82, pin.pukFormat.encoded)]
                    + (pin.pukReference.map { [TLV(0x84, [$0])] } ?? []))
        }
        parts += objects.map { TLV(0xC0, $0.bigEndianBytes) }
        parts += environments.map {
            TLV(
                0xE3,
                containing: [
                    TLV(0x83, [$0.number]), TLV(0xA0, containing: $0.environment.objects), TLV(0x82, [$0.environment.purpose.rawValue]),
                ])
        }
        return parts.flatMap(\.encoded)
    }

    private static func parts(of file: CardFile) -> [TLV] {
        var parts = [
            TLV(0x80, file.path.flatMap(\.bigEndianBytes)), TLV(0x81, file.structure.encoded), TLV(0x82, file.access.encoded),
            TLV(0x83, file.update.encoded),
        ]
        if let name = file.name { parts.append(TLV(0x84, name)) }
        if let shortIdentifier = file.shortIdentifier { parts.append(TLV(0x88, [shortIdentifier])) }
        return parts
    }
}

extension FileSystemPlan {
    /// Reads what ``encoded`` wrote.
    ///
    /// - Returns: `nil` for anything else.
    init?(parsing bytes: [UInt8]) {
        guard let parts = try? TLV.series(parsing: bytes), let name = parts.first(0x50),
            let style = FileSystemStyle.Name(rawValue: String(decoding: name, as: UTF8.self))
        else { return nil }
        self.init(style: style, masterName: parts.first(0x84))
        for part in parts {
            switch part.tag {
            case 0x50, 0x84: break
            case 0xC0:
                guard let object = UInt16(bigEndian: part.value) else { return nil }
                objects.append(object)
            case 0xE0...0xE3:
                guard let inner = try? part.children(), take(inner, tag: part.tag) else { return nil }
            default: return nil
            }
        }
    }

    private mutating func take(_ parts: [TLV], tag: UInt32) -> Bool {
        switch tag {
        case 0xE0:
            guard let file = CardFile(parts) else { return false }
            files.append(file)
        case 0xE1:
            guard let reference = parts.first(0x84)?.first, let kind = parts.first(0x81).flatMap(CardKeyKind.init(named:)),
                let access = parts.first(0x82).flatMap(AccessCondition.init), let update = parts.first(0x83).flatMap(AccessCondition.init),
                let purposes = parts.first(0x85).flatMap(KeyPurposes.init(encoded:))
            else { return false }
            keys.append(NumberedKey(reference: reference, kind: kind, purposes: purposes, access: access, update: update))
        case 0xE2:
            guard let reference = parts.first(0x83)?.first, let format = parts.first(0x81).flatMap(ReferenceData.Format.init(encoded:)),
                let pukFormat = parts.first(0x82).flatMap(ReferenceData.Format.init(encoded:))
            else { return false }
            pins.append(PIN(reference: reference, format: format, pukFormat: pukFormat, pukReference: parts.first(0x84)?.first))
        default:
            guard let number = parts.first(0x83)?.first,
                let purpose = parts.first(0x82)?.first.flatMap(SecurityEnvironment.Purpose.init(rawValue:)),
                let objects = parts.first(0xA0).flatMap({ try? TLV.series(parsing: $0) }),
                let environment = SecurityEnvironment(purpose, objects)
            else { return false }
            environments.append(StoredEnvironment(number: number, environment: environment))
        }
        return true
    }
}

extension CardFile {
    /// Reads a file's part of the plan.
    fileprivate init?(_ parts: [TLV]) {
        guard let path = parts.first(0x80), path.count.isMultiple(of: 2),
            let structure = parts.first(0x81).flatMap({ Structure($0, name: parts.first(0x84)) }),
            let access = parts.first(0x82).flatMap(AccessCondition.init), let update = parts.first(0x83).flatMap(AccessCondition.init)
        else { return nil }
        let steps = stride(from: 0, to: path.count, by: 2).compactMap { UInt16(bigEndian: path[$0..<$0 + 2]) }
        self.init(steps, structure, access: access, update: update, shortIdentifier: parts.first(0x88)?.first)
    }
}

extension CardFile.Structure {
    /// The file descriptor byte (ISO/IEC 7816-4, table 12), and what else there is to know.
    fileprivate var encoded: [UInt8] {
        switch self {
        case .directory: [0x38]
        case .transparent: [0x01]
        case .records(let records):
            [records.order.rawValue] + UInt16(clamping: records.length).bigEndianBytes + [UInt8(clamping: records.capacity)]
        case .key(let kind, let purposes): [0x11, purposes.rawValue] + Array(kind.rawValue.utf8)
        }
    }

    fileprivate init?(_ bytes: [UInt8], name: [UInt8]?) {
        switch bytes.first {
        case 0x38: self = .directory(name: name)
        case 0x01: self = .transparent
        case 0x11:
            guard let purposes = KeyPurposes(encoded: bytes.dropFirst().prefix(1)), let kind = CardKeyKind(named: bytes.dropFirst(2)) else {
                return nil
            }
            self = .key(kind, purposes)
        case let order?:
            guard bytes.count == 4, let order = RecordStructure.Order(rawValue: order), bytes[3] > 0,
                let length = UInt16(bigEndian: bytes[1...2]), length > 0
            else { return nil }
            self = .records(RecordStructure(order: order, length: Int(length), capacity: Int(bytes[3])))
        case nil: return nil
        }
    }
}

extension KeyPurposes {
    /// Reads the one byte of its raw value; `nil` for bits that stand for nothing.
    fileprivate init?(encoded bytes: some Collection<UInt8>) {
        guard bytes.count == 1, let byte = bytes.first, KeyPurposes.all.isSuperset(of: KeyPurposes(rawValue: byte)) else { return nil }
        self.init(rawValue: byte)
    }
}

extension CardKeyKind {
    fileprivate init?(named bytes: some Collection<UInt8>) { self.init(rawValue: String(decoding: bytes, as: UTF8.self)) }
}

extension ReferenceData.Format {
    /// Shortest, longest, whether digits alone, length on the wire, filling.
    fileprivate var encoded: [UInt8] {
        [
            UInt8(clamping: lengths.lowerBound), UInt8(clamping: lengths.upperBound), digitsOnly ? 1 : 0, UInt8(clamping: paddedLength),
            padding,
        ]
    }

    fileprivate init?(encoded bytes: [UInt8]) {
        guard bytes.count == 5, bytes[0] <= bytes[1], bytes[1] <= bytes[3] else { return nil }
        self.init(lengths: Int(bytes[0])...Int(bytes[1]), digitsOnly: bytes[2] != 0, paddedLength: Int(bytes[3]), padding: bytes[4])
    }
}
