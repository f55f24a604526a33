public import ISO7816

/// A command with named holes, so that how a card wants to be asked is data and no code.
public struct CommandTemplate: Hashable, Sendable {
    /// A piece of the data field.
    public enum Part: Hashable, Sendable {
        /// These bytes.
        case bytes([UInt8])
        /// The algorithm reference, one byte.
        case algorithm
        /// The reference of a key or PIN, one byte.
        case reference
        /// The identifier of the key's file, two bytes.
        case fileIdentifier
        /// What is signed: a digest, or a DigestInfo.
        case input
        /// A data object with this tag around other parts.
        indirect case object(UInt32, [Part])
    }

    /// What goes into the holes.
    public struct Values: Sendable {
        /// The algorithm reference.
        public var algorithm: UInt8
        /// The reference of a key or PIN.
        public var reference: UInt8
        /// The identifier of the key's file.
        public var fileIdentifier: [UInt8]
        /// What is signed.
        public var input: [UInt8]

        /// Values; those that a template has no hole for do not matter.
        public init(algorithm: UInt8 = 0, reference: UInt8 = 0, fileIdentifier: [UInt8] = [], input: [UInt8] = []) {
            self.algorithm = algorithm
            self.reference = reference
            self.fileIdentifier = fileIdentifier
            self.input = input
        }
    }

    /// CLA, INS, P1 and P2.
    public let header: [UInt8]
    /// The data field.
    public let parts: [Part]
    /// Whether an answer with data is expected (Le of 256).
    public let hasAnswer: Bool

    /// A template.
    ///
    /// - Parameter header: four bytes; what is missing is zero.
    public init(_ header: [UInt8], _ parts: [Part] = [], hasAnswer: Bool = false) {
        self.header = Array((header + [0, 0, 0, 0]).prefix(4))
        self.parts = parts
        self.hasAnswer = hasAnswer
    }

    /// The command with its holes filled.
    public func command(_ values: Values) -> CommandAPDU {
        CommandAPDU(
            instructionClass: header[0], instruction: header[1], p1: header[2], p2: header[3], data: Self.bytes(of: parts, values),
            expectedLength: hasAnswer ? 256 : nil)
    }

    private static func bytes(of parts: [Part], _ values: Values) -> [UInt8] {
        parts.flatMap { part -> [UInt8] in
            switch part {
            case .bytes(let bytes): bytes
            case .algorithm: [values.algorithm]
            case .reference: [values.reference]
            case .fileIdentifier: values.fileIdentifier
            case .input: values.input
            case .object(let tag, let parts): TLV(tag, bytes(of: parts, values)).encoded
            }
        }
    }
}
