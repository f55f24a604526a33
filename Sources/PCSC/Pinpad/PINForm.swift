import ISO7816

/// How a reader is told to write a PIN, or two, into a command: what both structures say alike; PC/SC part 10, 2.6.
///
/// Readers are picky, and their drivers patch what they dislike, so every choice here is the one that OpenSC, web-eid or
/// GnuPG makes, with which these readers were tried.
struct PINForm: Equatable {
    /// The position counts in bytes (bit 7), none of them lie before the PIN (bits 3 to 6), it begins at the left (bit 2),
    /// in ASCII (bits 0 and 1); bmFormatString, 2.6.1.
    static let formatString: UInt8 = 0x82
    /// English of the United States, which every display has; wLangId.
    static let language: UInt16 = 0x0409

    /// No length is written into the PIN's bytes (bits 4 to 7), which are so many (bits 0 to 3); bmPINBlockString.
    ///
    /// 0 where the PIN travels as long as it is, and for more than 15 bytes, which do not fit in: then the reader takes the
    /// size from the command, where filling stands already.
    let blockString: UInt8
    /// The digits that the reader takes; wPINMaxExtraDigit.
    let digits: ClosedRange<UInt8>
    /// How the person ends the PIN: with the OK key; bEntryValidationCondition.
    let validation: UInt8
    /// The number of bytes that each PIN takes; 0 where it travels as long as it is.
    let width: UInt8
    /// The command: its header, Lc, and filling for the reader to write into; abData.
    ///
    /// Lc is 0 for a PIN that travels as long as it is: the reader sets it.
    let command: [UInt8]

    /// A form for one block, or for the old and the new one behind each other, at a reader.
    ///
    /// - Throws: ``CardError/Code/notSupported`` for what the structure cannot say, or this reader cannot take.
    init(_ blocks: [PINBlock], at reader: ReaderProperties, named name: String) throws(CardError) {
        func refusal(_ reason: String) -> CardError {
            CardError(.notSupported, "this PIN on the keys of \"\(name)\"", detail: "\(reason); \(ReaderPinpad.wayOut)")
        }
        guard let first = blocks.first, first.header.count == 4, blocks.allSatisfy({ $0.width == first.width }) else {
            throw refusal("the old and the new one do not have the same form")
        }
        guard let width = UInt8(exactly: first.width), let count = UInt8(exactly: Int(width) * blocks.count) else {
            throw refusal("a command cannot hold its \(first.width) bytes")
        }
        let limit = width > 0 ? Int(width) : 255
        // The structure has room for one range: what is out of that of its own PIN the card refuses.
        let shortest = blocks.map(\.lengths.lowerBound).min() ?? 0
        let longest = min(blocks.map(\.lengths.upperBound).max() ?? 0, limit)
        let lower = max(shortest, 1, Int(reader.minimumPIN ?? 0))
        let upper = reader.maximumPIN.map { $0 > 0 ? min(longest, Int($0)) : longest } ?? longest
        guard lower <= upper, let lower = UInt8(exactly: lower), let upper = UInt8(exactly: upper) else {
            throw refusal("the card wants \(shortest) to \(longest) digits, the reader takes others")
        }
        digits = lower...upper
        self.width = width
        blockString = width <= 15 ? width : 0
        let known = (reader.entryValidation ?? 0) & 0x07
        validation = known == 0 || known & 0x02 != 0 ? 0x02 : known
        guard width > 0 else {
            command = reader.addsLc ? first.header : first.header + [0]
            return
        }
        command = first.header + [count] + blocks.flatMap { [UInt8](repeating: $0.padding ?? 0xFF, count: $0.width) }
    }
}

extension PINBlock {
    /// The number of bytes that travel; 0 where that depends on the PIN, negative where it makes no sense.
    fileprivate var width: Int {
        if padding != nil { return paddedLength > 0 ? paddedLength : -1 }
        return lengths.lowerBound == lengths.upperBound ? lengths.lowerBound : 0
    }
}

/// The parts of a packed structure, lowest byte first; PC/SC part 10, 2.
extension [UInt8] {
    init(littleEndian number: some FixedWidthInteger & UnsignedInteger) {
        self = (0..<number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }
}
