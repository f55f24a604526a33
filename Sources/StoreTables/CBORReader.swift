/// Bytes of CBOR (RFC 8949) from a column; each length is checked before it is used.
///
/// Maps and arrays may be of definite or of indefinite length; texts and bytes are whole.
struct CBORReader {
    /// How deep values may lie in each other.
    private static let depthLimit = 32

    let bytes: [UInt8]

    /// The first byte of a value, and the number in it or behind it; RFC 8949, 3.
    struct Head {
        let major: CBOR.Major
        /// What is in the first byte's lower five bits: below 24 the number itself.
        let information: UInt8
        let argument: UInt64
        /// Where the value goes on.
        let next: Int

        var isIndefinite: Bool { information == 31 }
    }

    func head(at offset: Int) throws(CBORError) -> Head {
        guard offset < bytes.count, let major = CBOR.Major(rawValue: bytes[offset] >> 5) else { throw .malformed }
        let information = bytes[offset] & 0x1F
        switch information {
        case 0..<24: return Head(major: major, information: information, argument: UInt64(information), next: offset + 1)
        case 24...27:
            let end = offset + 1 + 1 << (information - 24)
            guard end <= bytes.count else { throw .malformed }
            let argument = bytes[(offset + 1)..<end].reduce(0) { $0 << 8 | UInt64($1) }
            return Head(major: major, information: information, argument: argument, next: end)
        case 31: return Head(major: major, information: information, argument: 0, next: offset + 1)
        default: throw .malformed
        }
    }

    /// The bytes of a text or a byte string.
    func string(_ major: CBOR.Major, at offset: Int) throws(CBORError) -> Range<Int> {
        let head = try head(at: offset)
        guard head.major == major, !head.isIndefinite else { throw .otherType }
        guard head.argument <= UInt64(bytes.count - head.next) else { throw .malformed }
        return head.next..<(head.next + Int(head.argument))
    }

    /// The places of an array's values, or of a map's keys and values in turns.
    func items(_ major: CBOR.Major, at offset: Int) throws(CBORError) -> [Int] {
        guard try head(at: offset).major == major else { throw .otherType }
        var places: [Int] = []
        _ = try walk(at: offset, depth: 0) { places.append($0) }
        return places
    }

    /// Where the value at a place ends.
    func end(of offset: Int, depth: Int = 0) throws(CBORError) -> Int {
        let head = try head(at: offset)
        switch head.major {
        case .unsigned, .negative, .simple:
            guard !head.isIndefinite else { throw .malformed }
            return head.next
        case .bytes, .text: return try string(head.major, at: offset).upperBound
        case .array, .map: return try walk(at: offset, depth: depth) { _ in }
        case .tag: throw .otherType
        }
    }

    /// Tells where each item of an array or a map begins, and returns where all of it ends.
    private func walk(at offset: Int, depth: Int, _ each: (Int) -> Void) throws(CBORError) -> Int {
        guard depth < Self.depthLimit else { throw .malformed }
        let head = try head(at: offset)
        // Each item takes a byte at least.
        guard head.argument <= UInt64(bytes.count) else { throw .malformed }
        let expected = head.isIndefinite ? Int.max : Int(head.argument) * (head.major == .map ? 2 : 1)
        var (place, count) = (head.next, 0)
        while count < expected {
            if head.isIndefinite, try isEnd(at: place) {
                place += 1
                break
            }
            each(place)
            place = try end(of: place, depth: depth + 1)
            count += 1
        }
        guard head.major != .map || count.isMultiple(of: 2) else { throw .malformed }
        return place
    }

    func isNull(at offset: Int) -> Bool { offset < bytes.count && bytes[offset] == CBOR.null }

    func truth(at offset: Int) throws(CBORError) -> Bool {
        guard offset < bytes.count else { throw .malformed }
        switch bytes[offset] {
        case CBOR.no: return false
        case CBOR.yes: return true
        default: throw .otherType
        }
    }

    func double(at offset: Int) throws(CBORError) -> Double {
        let head = try head(at: offset)
        guard bytes[offset] == CBOR.double else { throw .otherType }
        return Double(bitPattern: head.argument)
    }

    func integer<Value: FixedWidthInteger>(_ type: Value.Type, at offset: Int) throws(CBORError) -> Value {
        let head = try head(at: offset)
        let value: Value?
        switch head.major {
        case .unsigned where !head.isIndefinite: value = Value(exactly: head.argument)
        case .negative where !head.isIndefinite: value = Int64(exactly: head.argument).flatMap { Value(exactly: ~$0) }
        default: throw .otherType
        }
        guard let value else { throw .otherType }
        return value
    }

    private func isEnd(at offset: Int) throws(CBORError) -> Bool {
        guard offset < bytes.count else { throw .malformed }
        return bytes[offset] == CBOR.end
    }
}

/// Why bytes are not what was written.
enum CBORError: Error {
    /// They are no CBOR, or of a kind that is never written here.
    case malformed
    /// There is another value than the one that is asked for.
    case otherType
}
