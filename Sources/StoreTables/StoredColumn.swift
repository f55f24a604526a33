import Foundation
import Verification

/// Values in columns that SQL never looks into: CBOR, or JSON in a row that was written before there was CBOR.
enum StoredColumn {
    static func encode(_ value: some Encodable) throws(StoreError) -> Data {
        do { return Data(try CBOR.encode(value)) } catch { throw .unavailable("a value cannot be written: \(error)") }
    }

    static func decode<Value: Decodable>(_ type: Value.Type, from data: Data) throws(StoreError) -> Value {
        do {
            guard data.first == CBOR.mark.first else { return try JSONDecoder().decode(type, from: data) }
            return try CBOR.decode(type, from: Array(data))
        } catch { throw .damaged("a \(type) cannot be read") }
    }

    static func decodeIfPresent<Value: Decodable>(_ type: Value.Type, from data: Data?) throws(StoreError) -> Value? {
        guard let data else { return nil }
        return try decode(type, from: data)
    }
}
