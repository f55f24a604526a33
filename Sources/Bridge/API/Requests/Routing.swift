import DeviceProtocol
import HTTPDoor
import HTTPTypes
import Hummingbird
import NIOCore
import Pictures
import Verification

/// What a route reads of a request besides its path and its header fields.
struct RequestParts: OptionSet {
    let rawValue: Int

    static let query = RequestParts(rawValue: 1)
    static let body = RequestParts(rawValue: 2)
}

extension Router<DoorContext> {
    /// Adds a route that some roles may use, and whose errors are told as problems.
    ///
    /// - Parameters:
    ///   - roles: who may; nobody named lets everybody in who came through the door.
    ///   - parts: what `answer` reads of a request besides its path; the rest is refused, so that nothing is passed over.
    func add(
        _ method: HTTPRequest.Method, _ path: RouterPath, for roles: Role..., takes parts: RequestParts = [],
        answer: @escaping @Sendable (Ask) async throws -> Response
    ) {
        on(path, method: method) { request, context in
            do {
                if !roles.isEmpty { try context.caller.require(anyOf: roles) }
                let ask = Ask(request: request, context: context)
                if !parts.contains(.query) { _ = try ask.query() }
                if !parts.contains(.body) { try await ask.refuseBody() }
                return try await Requester.$current.withValue(ask.requester()) { try await answer(ask) }
            } catch let error as SubscriberError {
                throw Problem(error)
            } catch let error as VerificationError {
                throw Problem(error)
            } catch let error as StoreError {
                throw Problem(error)
            } catch let error as DeviceError {
                throw Problem(error)
            } catch let error as AuditError {
                throw Problem(error)
            } catch let error as ContentError {
                throw Problem(error)
            } catch let error as PictureError {
                throw Problem(error)
            }
        }
    }
}

extension Response {
    /// An answer in JSON.
    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok, location: String? = nil) throws -> Response {
        var headers: HTTPFields = [.contentType: "application/json", .cacheControl: "no-store"]
        if let location { headers[.location] = location }
        return Response(status: status, headers: headers, body: .init(byteBuffer: try JSON.buffer(value)))
    }

    /// Done, and there is nothing to say.
    static var done: Response { Response(status: .noContent) }

    /// An answer of bytes.
    static func bytes(_ bytes: [UInt8], type: String, cache: String = "no-store") -> Response {
        Response(
            status: .ok, headers: [.contentType: type, .cacheControl: cache], body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}

extension Problem {
    /// What could not be drawn.
    init(_ error: PictureError) {
        switch error {
        case .unknownPicture: self.init(.notFound, "unknownPicture", error.description)
        case .missingCharacters: self.init(.unprocessableContent, "missingCharacters", error.description)
        case .detailsTooLong: self.init(.unprocessableContent, "detailsTooLong", error.description)
        case .textTooLarge: self.init(.unprocessableContent, "textTooLarge", error.description)
        default: self.init(.internalServerError, "picture", error.description)
        }
    }
}
