import DeviceProtocol
import Foundation
import HTTPDoor
import HTTPTypes
import Hummingbird
import NIOCore

extension Request {
    /// The body as a value; the door has looked at its type and its size before.
    ///
    /// - Throws: ``HTTPDoor/Problem`` 400 `invalidRequest`, `unknownMember` or what a value of the domain is refused with.
    func decode<Value: Decodable>(_ type: Value.Type) async throws -> Value {
        let buffer = try await body.collect(upTo: 1 << 20)
        do { return try JSONDecoder().decode(type, from: Data(buffer.readableBytesView)) } catch let error as DecodingError {
            throw Problem.invalid(error.sentence)
        }
    }

    /// A whole number of the query; `nil` where it is not given.
    func number(_ name: String, in range: ClosedRange<Int>) throws(Problem) -> Int? {
        guard let text = uri.queryParameters.get(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw .invalid("the parameter \(name) is not a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}

extension DoorContext {
    /// The operation that the path names.
    var operationID: ChallengeID {
        get throws(Problem) {
            let text = parameters.get("id") ?? ""
            guard let id = ChallengeID(hexadecimal: text) else {
                throw Problem(
                    .notFound, "noSuchOperation", "there is no operation \"\(text.prefix(64))\"",
                    userAction: "look at the list of operations")
            }
            return id
        }
    }
}

extension ChallengeID {
    /// Reads 32 lower-case hexadecimal digits, as ``description`` writes them.
    init?(hexadecimal text: String) {
        let digits = Array(text.utf8)
        guard digits.count == 32 else { return nil }
        var bytes: [UInt8] = []
        for start in stride(from: 0, to: 32, by: 2) {
            guard let byte = UInt8(String(decoding: digits[start..<start + 2], as: UTF8.self), radix: 16) else { return nil }
            bytes.append(byte)
        }
        guard let id = try? ChallengeID(bytes), id.description == text else { return nil }
        self = id
    }
}

extension Hummingbird.Response {
    /// An answer in JSON.
    static func json(_ value: some Encodable, _ status: HTTPResponse.Status = .ok) throws -> Hummingbird.Response {
        .init(status: status, headers: [.contentType: "application/json"], body: .init(byteBuffer: try JSON.buffer(value)))
    }
}

extension DecodingError {
    /// What is wrong with which member.
    fileprivate var sentence: String {
        switch self {
        case .keyNotFound(let key, let context): "\(context.codingPath.memberPath(key.stringValue)) is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context): "\(place(context)) has the wrong type"
        case .dataCorrupted(let context): context.codingPath.isEmpty ? "the body is no JSON" : "\(place(context)) has a wrong value"
        @unknown default: "the body cannot be read"
        }
    }

    private func place(_ context: Context) -> String { context.codingPath.isEmpty ? "the body" : context.codingPath.memberPath() }
}
