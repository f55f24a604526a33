/// A command to a card, with all the data it carries, however long.
///
/// How it is cut to fit the wire is the business of ``Exchange``. ISO/IEC 7816-4, 5.2.
public struct CommandAPDU: Hashable, Sendable {
    /// The class byte (CLA).
    public var instructionClass: UInt8
    /// The instruction byte (INS).
    public var instruction: UInt8
    /// The first parameter (P1).
    public var p1: UInt8
    /// The second parameter (P2).
    public var p2: UInt8
    /// The data field, at most 65,535 bytes; empty where Lc is absent.
    public var data: [UInt8]
    /// The number of reply bytes that the host accepts (Le), 1 to 65,536; `nil` where Le is absent.
    ///
    /// Zero on the wire means 256 in the short form and 65,536 in the extended one; ISO/IEC 7816-4, 5.1.
    public var expectedLength: Int?

    /// A command; `expectedLength` of 256 asks a short command for all there is.
    public init(
        instructionClass: UInt8 = 0, instruction: UInt8, p1: UInt8 = 0, p2: UInt8 = 0, data: [UInt8] = [], expectedLength: Int? = nil
    ) {
        self.instructionClass = instructionClass
        self.instruction = instruction
        self.p1 = p1
        self.p2 = p2
        self.data = data
        self.expectedLength = expectedLength
    }

    /// The two ways of writing Lc and Le; ISO/IEC 7816-4, 5.2.
    public enum Form: Sendable {
        /// One byte each: up to 255 bytes of data, up to 256 bytes of answer.
        case short
        /// Two bytes each, after a zero: up to 65,535 and 65,536.
        case extended

        /// The most data bytes that one command can carry.
        public var maximumData: Int { self == .short ? 255 : 65_535 }
        /// The most answer bytes that one command can ask for.
        public var maximumExpected: Int { self == .short ? 256 : 65_536 }
    }

    /// The first four bytes: CLA, INS, P1, P2.
    public var header: [UInt8] { [instructionClass, instruction, p1, p2] }

    /// The command as it travels.
    ///
    /// - Throws: ``APDUError/tooLong`` when data or Le do not fit `form`.
    public func encoded(_ form: Form = .short) throws(APDUError) -> [UInt8] {
        guard data.count <= form.maximumData, (1...form.maximumExpected).contains(expectedLength ?? 1) else { throw .tooLong }
        var bytes = header
        switch form {
        case .short:
            if !data.isEmpty { bytes += [UInt8(data.count)] + data }
            if let expectedLength { bytes.append(UInt8(truncatingIfNeeded: expectedLength)) }
        case .extended:
            if !data.isEmpty || expectedLength != nil { bytes.append(0) }
            if !data.isEmpty { bytes += [UInt8(data.count >> 8), UInt8(data.count & 0xFF)] + data }
            if let expectedLength { bytes += [UInt8(truncatingIfNeeded: expectedLength >> 8), UInt8(truncatingIfNeeded: expectedLength)] }
        }
        return bytes
    }

    /// Reads a command as a card sees it, in either form (cases 1 to 4; ISO/IEC 7816-3, 12.1.3).
    ///
    /// - Throws: ``APDUError/malformed`` when Lc, Le and the number of bytes do not agree.
    public init(parsing bytes: [UInt8]) throws(APDUError) {
        guard bytes.count >= 4 else { throw .malformed }
        self.init(instructionClass: bytes[0], instruction: bytes[1], p1: bytes[2], p2: bytes[3])
        let body = bytes[4...]
        guard let first = body.first else { return }
        if body.count == 1 {
            expectedLength = first == 0 ? 256 : Int(first)
        } else if first != 0 || body.count == 2 {
            let end = 5 + Int(first)
            guard first != 0, bytes.count == end || bytes.count == end + 1 else { throw .malformed }
            data = Array(bytes[5..<end])
            if let last = bytes[end...].first { expectedLength = last == 0 ? 256 : Int(last) }
        } else {
            let length = Int(bytes[5]) << 8 | Int(bytes[6])
            if bytes.count == 7 {
                expectedLength = length == 0 ? 65_536 : length
                return
            }
            let end = 7 + length
            guard length > 0, bytes.count == end || bytes.count == end + 2 else { throw .malformed }
            data = Array(bytes[7..<end])
            if bytes.count > end {
                let expected = Int(bytes[end]) << 8 | Int(bytes[end + 1])
                expectedLength = expected == 0 ? 65_536 : expected
            }
        }
    }

    /// The form that `bytes` are in, as far as their length fields tell.
    public static func form(of bytes: [UInt8]) -> Form { bytes.count >= 7 && bytes[4] == 0 ? .extended : .short }

    /// Whether more of the same command follows: bit 5 of an interindustry class; ISO/IEC 7816-4, 5.4.1.
    public var isChained: Bool { instructionClass & 0x80 == 0 && instructionClass & 0x10 != 0 }
}

/// Why bytes are no APDU, or an APDU no bytes.
public enum APDUError: Error, Equatable, Sendable {
    /// The length fields and the number of bytes do not agree.
    case malformed
    /// More data, or a longer answer, than the chosen form can say.
    case tooLong
}
