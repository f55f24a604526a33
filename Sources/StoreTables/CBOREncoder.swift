import FoundationEssentials

extension CBOR {
    /// Writes a value, behind the mark.
    ///
    /// - Throws: `EncodingError`.
    static func encode(_ value: some Encodable) throws -> [UInt8] {
        let writer = CBORWriter()
        try CBOREncoder(writer: writer).encode(value)
        guard let bytes = writer.finished() else {
            throw EncodingError.invalidValue(value, .init(codingPath: [], debugDescription: "written out of order"))
        }
        return bytes
    }
}

/// What a value encodes itself with.
private struct CBOREncoder: Encoder, SingleValueEncodingContainer {
    let writer: CBORWriter

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(CBORMap(writer: writer, place: writer.openMap()))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer { CBORArray(writer: writer, place: writer.openArray(), count: 0) }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }

    func encodeNil() { writer.writeNull() }

    /// What encodes itself as itself would come back for ever: all numbers are written here.
    func encode<Value: Encodable>(_ value: Value) throws {
        guard !writer.writesDirectly(value) else { return }
        switch value {
        case let number as any FixedWidthInteger: writer.write(number)
        case let number as Float: writer.write(Double(number))
        default: try writer.encode(value)
        }
    }
}

extension CBORWriter {
    /// Writes any value: what CBOR has a form for in that form, all else as it encodes itself.
    fileprivate func encode<Value: Encodable>(_ value: Value) throws {
        guard !writesDirectly(value) else { return }
        let (outer, count) = (depth, count)
        try value.encode(to: CBOREncoder(writer: self))
        if self.count == count { refuse() }
        close(to: outer)
    }

    /// Writes a value of the usual types: comparing types is quicker than asking a value what it is.
    fileprivate func writesDirectly<Value: Encodable>(_ value: Value) -> Bool {
        if Value.self == String.self, let text = value as? String {
            write(text)
        } else if Value.self == Data.self, let data = value as? Data {
            write(data)
        } else if Value.self == [UInt8].self, let bytes = value as? [UInt8] {
            write(bytes)
        } else if Value.self == Double.self, let number = value as? Double {
            write(number)
        } else if Value.self == Bool.self, let truth = value as? Bool {
            write(truth)
        } else if Value.self == Int.self, let number = value as? Int {
            write(number)
        } else {
            return false
        }
        return true
    }
}

/// A map on its way out; one method serves all types.
private struct CBORMap<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let writer: CBORWriter
    let place: CBOROutput.Place

    var codingPath: [any CodingKey] { [] }

    func encodeNil(forKey key: Key) { at(key).encodeNil() }

    func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
        _ = at(key)
        try writer.encode(value)
    }

    func nestedContainer<Inner: CodingKey>(keyedBy type: Inner.Type, forKey key: Key) -> KeyedEncodingContainer<Inner> {
        at(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { at(key).unkeyedContainer() }

    func superEncoder(forKey key: Key) -> any Encoder { at(key) }

    func superEncoder() -> any Encoder {
        writer.refuse()
        return CBOREncoder(writer: writer)
    }

    private func at(_ key: Key) -> CBOREncoder {
        writer.resume(place, behind: key.stringValue)
        return CBOREncoder(writer: writer)
    }
}

/// An array on its way out.
private struct CBORArray: UnkeyedEncodingContainer {
    let writer: CBORWriter
    let place: CBOROutput.Place
    private(set) var count: Int

    var codingPath: [any CodingKey] { [] }

    mutating func encodeNil() { next().encodeNil() }

    mutating func encode<Value: Encodable>(_ value: Value) throws { try next().encode(value) }

    mutating func nestedContainer<Inner: CodingKey>(keyedBy type: Inner.Type) -> KeyedEncodingContainer<Inner> {
        next().container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { next().unkeyedContainer() }

    mutating func superEncoder() -> any Encoder { next() }

    private mutating func next() -> CBOREncoder {
        writer.resume(place)
        count += 1
        return CBOREncoder(writer: writer)
    }
}
