import FoundationEssentials
import Verification

/// Values in columns that SQL never looks into.
enum StoredJSON {
    static func encode(_ value: some Encodable) throws(StoreError) -> Data {
        do { return try JSONEncoder().encode(value) } catch { throw .unavailable("a value cannot be written: \(error)") }
    }

    static func decode<Value: Decodable>(_ type: Value.Type, from data: Data) throws(StoreError) -> Value {
        do { return try JSONDecoder().decode(type, from: data) } catch { throw .damaged("a \(type) cannot be read") }
    }

    static func decodeIfPresent<Value: Decodable>(_ type: Value.Type, from data: Data?) throws(StoreError) -> Value? {
        guard let data else { return nil }
        return try decode(type, from: data)
    }
}
