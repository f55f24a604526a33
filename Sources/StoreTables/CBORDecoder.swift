import FoundationEssentials

extension CBOR {
    /// Reads a value that ``encode(_:)`` wrote.
    ///
    /// - Throws: `DecodingError`, ``CBORError``.
    static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
        guard bytes.starts(with: mark) else { throw CBORError.malformed }
        let decoder = CBORDecoder(reader: CBORReader(bytes: bytes), offset: mark.count)
        guard try decoder.reader.end(of: decoder.offset) == bytes.count else { throw CBORError.malformed }
        return try decoder.decode(type)
    }
}

/// What a value decodes itself from.
private struct CBORDecoder: Decoder, SingleValueDecodingContainer {
    let reader: CBORReader
    let offset: Int

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(try CBORMapReader(reader: reader, at: offset))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { try CBORArrayReader(reader: reader, at: offset) }

    func singleValueContainer() -> any SingleValueDecodingContainer { self }

    func decodeNil() -> Bool { reader.isNull(at: offset) }

    /// What decodes itself as itself would come back for ever: all numbers are read here.
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        if let value = try reader.directly(type, at: offset) { return value }
        let value: Any?
        switch type {
        case let type as any FixedWidthInteger.Type: value = try reader.integer(type, at: offset)
        case is Float.Type: value = Float(exactly: try reader.double(at: offset))
        default: return try reader.decode(type, at: offset)
        }
        guard let value = value as? Value else { throw CBORError.otherType }
        return value
    }
}

extension CBORReader {
    /// Reads any value: what CBOR has a form for from that form, all else as it decodes itself.
    fileprivate func decode<Value: Decodable>(_ type: Value.Type, at offset: Int) throws -> Value {
        try directly(type, at: offset) ?? Value(from: CBORDecoder(reader: self, offset: offset))
    }

    /// Reads a value of the usual types; `nil` for others.
    ///
    /// Comparing types is quicker than asking what they can do.
    fileprivate func directly<Value: Decodable>(_ type: Value.Type, at offset: Int) throws -> Value? {
        if type == String.self { return try text(at: offset) as? Value }
        if type == Data.self { return Data(bytes[try string(.bytes, at: offset)]) as? Value }
        if type == [UInt8].self { return Array(bytes[try string(.bytes, at: offset)]) as? Value }
        if type == Double.self { return try double(at: offset) as? Value }
        if type == Bool.self { return try truth(at: offset) as? Value }
        if type == Int.self { return try integer(Int.self, at: offset) as? Value }
        return nil
    }

    private func text(at offset: Int) throws -> String {
        guard let text = String(validating: bytes[try string(.text, at: offset)], as: UTF8.self) else { throw CBORError.malformed }
        return text
    }
}

/// A map, with the places of its keys and values.
private struct CBORMapReader<Key: CodingKey>: KeyedDecodingContainerProtocol {
    private let reader: CBORReader
    private let places: [Int]

    init(reader: CBORReader, at offset: Int) throws {
        self.reader = reader
        places = try reader.items(.map, at: offset)
    }

    var codingPath: [any CodingKey] { [] }

    var allKeys: [Key] {
        stride(from: 0, to: places.count, by: 2).compactMap { place in
            guard let text = try? reader.string(.text, at: places[place]) else { return nil }
            return Key(stringValue: String(decoding: reader.bytes[text], as: UTF8.self))
        }
    }

    func contains(_ key: Key) -> Bool { place(of: key) != nil }

    func decodeNil(forKey key: Key) throws -> Bool { reader.isNull(at: try known(key)) }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value { try reader.decode(type, at: known(key)) }

    func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
        guard let place = place(of: key), !reader.isNull(at: place) else { return nil }
        return try reader.decode(type, at: place)
    }

    func nestedContainer<Inner: CodingKey>(keyedBy type: Inner.Type, forKey key: Key) throws -> KeyedDecodingContainer<Inner> {
        try at(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { try at(key).unkeyedContainer() }

    func superDecoder() throws -> any Decoder { throw CBORError.otherType }

    func superDecoder(forKey key: Key) throws -> any Decoder { try at(key) }

    private func at(_ key: Key) throws -> CBORDecoder { CBORDecoder(reader: reader, offset: try known(key)) }

    private func known(_ key: Key) throws -> Int {
        guard let place = place(of: key) else {
            throw DecodingError.keyNotFound(key, .init(codingPath: [], debugDescription: "there is no such key"))
        }
        return place
    }

    /// Where a key's value is.
    private func place(of key: Key) -> Int? {
        let name = key.stringValue.utf8
        for place in stride(from: 0, to: places.count - 1, by: 2) {
            guard let text = try? reader.string(.text, at: places[place]), text.count == name.count else { continue }
            if reader.bytes[text].elementsEqual(name) { return places[place + 1] }
        }
        return nil
    }
}

/// An array, with the places of its values.
private struct CBORArrayReader: UnkeyedDecodingContainer {
    private let reader: CBORReader
    private let places: [Int]
    private(set) var currentIndex = 0

    init(reader: CBORReader, at offset: Int) throws {
        self.reader = reader
        places = try reader.items(.array, at: offset)
    }

    var codingPath: [any CodingKey] { [] }
    var count: Int? { places.count }
    var isAtEnd: Bool { currentIndex >= places.count }

    mutating func decodeNil() throws -> Bool {
        guard reader.isNull(at: try next().offset) else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        let value = try next().decode(type)
        currentIndex += 1
        return value
    }

    mutating func nestedContainer<Inner: CodingKey>(keyedBy type: Inner.Type) throws -> KeyedDecodingContainer<Inner> {
        let container = try next().container(keyedBy: type)
        currentIndex += 1
        return container
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        let container = try next().unkeyedContainer()
        currentIndex += 1
        return container
    }

    mutating func superDecoder() throws -> any Decoder {
        let decoder = try next()
        currentIndex += 1
        return decoder
    }

    private func next() throws -> CBORDecoder {
        guard !isAtEnd else { throw CBORError.malformed }
        return CBORDecoder(reader: reader, offset: places[currentIndex])
    }
}
