import DeviceProtocol
import Foundation
import HTTPDoor
import HTTPTypes
import Hummingbird
import NIOCore
import Verification

/// What somebody asks for at one route: path, query, headers and body, each read once and checked.
struct Ask: Sendable {
    let request: Request
    let context: DoorContext

    var caller: Caller { context.caller }

    // MARK: Path

    /// A part of the path, as it was before it was escaped (RFC 3986, 2.1).
    func path(_ name: String) throws(Problem) -> String {
        guard let text = context.parameters.get(name)?.removingPercentEncoding else {
            throw .invalidRequest("the path is not in UTF-8")
        }
        return text
    }

    func subscriber(_ name: String = "subscriber") throws(Problem) -> SubscriberID {
        let text = try path(name)
        do throws(ContentError) { return try SubscriberID(text) } catch { throw Problem(error, at: name) }
    }

    func device() throws(Problem) -> DeviceID {
        let text = try path("device")
        do throws(ContentError) { return try DeviceID(text) } catch { throw Problem(error, at: "device") }
    }

    /// 32 lower-case hexadecimal digits that name a challenge.
    func challenge(_ name: String = "id") throws(Problem) -> ChallengeID {
        guard let id = ChallengeID(text: try path(name)) else {
            throw Problem(.invalidIdentifier("it has 32 lower-case hexadecimal digits"), at: name)
        }
        return id
    }

    // MARK: Query

    /// The members of the query, of which there are no others than `names`.
    ///
    /// - Parameter plusIsSpace: the one in which a plus stands for a space, as forms write it; in the others it is a plus.
    func query(_ names: String..., plusIsSpace: String? = nil) throws(Problem) -> [String: String] {
        var members: [String: String] = [:]
        for part in (request.uri.query ?? "").split(separator: "&") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let asked = pair.first.flatMap { String($0).removingPercentEncoding } ?? ""
            guard asked.utf8.count <= JSONText.nameLimit, let name = names.first(where: { $0 == asked }) else {
                let shown = String(String.UnicodeScalarView(asked.unicodeScalars.prefix(64)))
                throw .invalidRequest(
                    "the query of this request has no member \"\(shown)\"",
                    names.isEmpty ? "leave it out" : "there are: \(names.joined(separator: ", "))")
            }
            let written = String(pair.dropFirst().first ?? "")
            guard let value = (name == plusIsSpace ? written.replacing("+", with: " ") : written).removingPercentEncoding,
                members.updateValue(value, forKey: name) == nil
            else { throw .invalidRequest("\(name) stands twice in the query, or is not in UTF-8") }
            // No value of ours is longer, and comparing what is not ASCII takes the square of its length.
            guard value.utf8.count <= 512 || value.utf8.allSatisfy({ $0 < 0x80 }) else {
                throw .invalidRequest("\(name) has more than 512 bytes, and not of ASCII alone")
            }
        }
        return members
    }

    // MARK: Headers

    /// The request's key: the same request with the same key is carried out once.
    func idempotencyKey() throws(Problem) -> String {
        let hint = VerificationError.invalidIdempotencyKey.hint
        guard let key = try header("idempotency-key") else {
            throw Problem(.badRequest, "invalidIdempotencyKey", "the header Idempotency-Key is missing", userAction: hint)
        }
        // What is not ASCII was made readable on its way here, so that two keys could have become one.
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Problem(
                .badRequest, "invalidIdempotencyKey", "an idempotency key has 1 to 255 printable characters of ASCII, without spaces",
                userAction: hint)
        }
        return key
    }

    /// The session that the person goes on with.
    ///
    /// - Throws: ``HTTPDoor/Problem`` 401 `sessionOver`, whatever is wrong with it.
    func session() throws(Problem) -> SessionToken {
        guard let token = try optionalSession() else { throw Problem(SubscriberError.sessionOver) }
        return token
    }

    /// The same where there may be none.
    func optionalSession() throws(Problem) -> SessionToken? {
        guard let text = try header("session-token") else { return nil }
        guard let token = SessionToken(text: text) else { throw Problem(SubscriberError.sessionOver) }
        return token
    }

    /// Who is written down for what is done: the caller, and the clerk for whom they say that they ask.
    func requester() throws(Problem) -> Requester {
        guard let requester = Requester(caller: caller.name, clerk: try header("acting-clerk")) else {
            throw .invalidRequest(
                "the header Acting-Clerk has 1 to \(Requester.clerkLimit) printable characters of ASCII, without spaces")
        }
        return requester
    }

    private func header(_ name: String) throws(Problem) -> String? {
        let values = request.headers.filter { $0.name.canonicalName == name }.map(\.value)
        guard values.count <= 1 else { throw .invalidRequest("the header \(name) stands there twice") }
        return values.first
    }

    // MARK: Body

    /// The body's object.
    ///
    /// Its secrets never become text: they go from the body to pages of their own, and the memory of the body that the door read is wiped.
    /// What the operating system and the connection hold of it before that is freed unwiped.
    ///
    /// - Throws: ``HTTPDoor/Problem``: 415 for another type, 413 for too many bytes, 400 for what cannot be read, 422 for what can and is
    ///   not admitted.
    func body<Form: Decodable>(_ type: Form.Type) async throws -> Form {
        guard let mediaType = request.headers[.contentType].flatMap({ MediaType(from: $0) }), mediaType.isType(.applicationJson) else {
            throw Problem(
                .unsupportedMediaType, "unsupportedMediaType", "a body is admitted as application/json only",
                userAction: "send the header Content-Type: application/json")
        }
        let buffer = try await collect()
        let scan: JSONScan
        do {
            defer { buffer.wipe() }
            scan = try JSONScan(Array(buffer.readableBytesView))
        }
        var carried: [CodingUserInfoKey: any Sendable] = [:]
        if let key = CodingUserInfoKey(rawValue: TakenSecrets.name) { carried[key] = TakenSecrets(scan.secrets) }
        return try JSON.decode(type, from: scan.bytes, userInfo: carried)
    }

    /// Refuses a body with members, where none is read; an empty object says as little as no body.
    func refuseBody() async throws {
        if try await collect().readableBytes > 0 { _ = try await body(EmptyForm.self) }
    }

    private func collect() async throws -> ByteBuffer {
        do { return try await request.body.collect(upTo: context.maxUploadSize) } catch is NIOTooManyBytesError {
            throw Problem(
                .contentTooLarge, "tooLarge", "the body has more than \(context.maxUploadSize) bytes",
                userAction: "send less in one request")
        }
    }
}

/// An object without members.
private struct EmptyForm: Decodable {
    private enum CodingKeys: CodingKey, CaseIterable {}

    init(from decoder: any Decoder) throws { _ = try Members<CodingKeys>(decoder) }
}

extension Problem {
    /// A request that cannot be understood.
    static func invalidRequest(_ detail: String, _ userAction: String = "correct the request; /openapi.yaml describes it") -> Problem {
        Problem(.badRequest, "invalidRequest", detail, userAction: userAction)
    }
}

extension ChallengeID {
    /// Reads what ``description`` wrote; `nil` for anything else.
    init?(text: String) {
        let digits = Array(text.utf8)
        guard digits.count == 32 else { return nil }
        var bytes: [UInt8] = []
        for start in stride(from: 0, to: 32, by: 2) {
            guard let high = Self.value(digits[start]), let low = Self.value(digits[start + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        guard let id = try? ChallengeID(bytes) else { return nil }
        self = id
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
