/// One data object in BER-TLV: tag, length, value; ISO/IEC 7816-4, 5.2.2 and ISO/IEC 8825-1, 8.1.
public struct TLV: Hashable, Sendable {
    /// The tag's bytes as one number: `0x4F`, `0x7F21`, `0x5FC105`.
    public let tag: UInt32
    /// The value's bytes; the value of a constructed object is itself a series of objects.
    public let value: [UInt8]

    /// An object of its own.
    public init(_ tag: UInt32, _ value: [UInt8]) {
        self.tag = tag
        self.value = value
    }

    /// A constructed object.
    public init(_ tag: UInt32, containing objects: [TLV]) { self.init(tag, objects.flatMap(\.encoded)) }

    private var tagBytes: [UInt8] {
        let bytes = [UInt8(tag >> 24), UInt8(tag >> 16 & 0xFF), UInt8(tag >> 8 & 0xFF), UInt8(tag & 0xFF)]
        return Array(bytes.drop { $0 == 0 })
    }

    /// The object as it travels, with the shortest length field.
    public var encoded: [UInt8] {
        let count = value.count
        let length: [UInt8] =
            switch count {
            case ..<0x80: [UInt8(count)]
            case ..<0x100: [0x81, UInt8(count)]
            case ..<0x1_0000: [0x82, UInt8(count >> 8), UInt8(count & 0xFF)]
            default: [0x83, UInt8(count >> 16 & 0xFF), UInt8(count >> 8 & 0xFF), UInt8(count & 0xFF)]
            }
        return tagBytes + length + value
    }

    /// Reads a series of objects that fills `bytes`; padding of `00` or `FF` between and behind them is skipped.
    ///
    /// - Throws: ``TLVError/malformed`` for a length that runs past the end, an indefinite length, or a tag of more than
    ///   four bytes.
    public static func series(parsing bytes: [UInt8]) throws(TLVError) -> [TLV] {
        var reader = Reader(bytes: bytes)
        var objects: [TLV] = []
        while let object = try reader.next() { objects.append(object) }
        return objects
    }

    /// Reads the first object of `bytes` and leaves the rest unread: files on cards are often longer than their content.
    ///
    /// - Throws: ``TLVError`` as ``series(parsing:)`` does, and ``TLVError/missing(_:)`` when there is none.
    public init(parsingFirstOf bytes: [UInt8]) throws(TLVError) {
        var reader = Reader(bytes: bytes)
        guard let object = try reader.next() else { throw .missing(0) }
        self = object
    }

    /// The objects within a constructed one.
    ///
    /// - Throws: ``TLVError`` as ``series(parsing:)`` does.
    public func children() throws(TLVError) -> [TLV] { try Self.series(parsing: value) }

    private struct Reader {
        let bytes: [UInt8]
        var position = 0

        mutating func byte() throws(TLVError) -> UInt8 {
            guard position < bytes.count else { throw .malformed }
            defer { position += 1 }
            return bytes[position]
        }

        mutating func next() throws(TLVError) -> TLV? {
            while position < bytes.count, bytes[position] == 0x00 || bytes[position] == 0xFF { position += 1 }
            guard position < bytes.count else { return nil }
            var tag = UInt32(try byte())
            if tag & 0x1F == 0x1F {
                var more = true
                while more {
                    guard tag <= 0xFF_FFFF else { throw .malformed }
                    let next = try byte()
                    tag = tag << 8 | UInt32(next)
                    more = next & 0x80 != 0
                }
            }
            var length = Int(try byte())
            if length >= 0x80 {
                guard (0x81...0x84).contains(length) else { throw .malformed }
                let count = length - 0x80
                length = 0
                for _ in 0..<count { length = length << 8 | Int(try byte()) }
            }
            guard length <= bytes.count - position else { throw .malformed }
            defer { position += length }
            return TLV(tag, Array(bytes[position..<position + length]))
        }
    }
}

extension [TLV] {
    /// The value of the first object with `tag`; `nil` when there is none.
    public func first(_ tag: UInt32) -> [UInt8]? { first { $0.tag == tag }?.value }

    /// The value of the first object with `tag`.
    ///
    /// - Throws: ``TLVError/missing(_:)`` when there is none.
    public func required(_ tag: UInt32) throws(TLVError) -> [UInt8] {
        guard let value = first(tag) else { throw .missing(tag) }
        return value
    }
}

/// Why bytes are not the data objects that they should be.
public enum TLVError: Error, Hashable, Sendable {
    /// A tag or length that its bytes do not bear out.
    case malformed
    /// An object with this tag should be there and is not.
    case missing(UInt32)
}
