import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// The responders that a bank knows, asked over HTTP (RFC 6960, A.1); no other address is ever connected to.
struct OCSPResponders: Sendable {
    /// Their addresses, as certificates name them.
    let known: Set<String>
    /// How long one may take, its answer's last byte included.
    var deadline = OCSPResponders.longest

    /// The longest that any may take.
    private static let longest = Duration.seconds(5)
    /// The most bytes of an answer.
    private static let limit = 64 << 10

    /// It goes where it is sent, and nowhere else; it lasts as long as the process.
    private static let http = HTTPClient(
        eventLoopGroupProvider: .singleton,
        configuration: HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: .seconds(3), read: TimeAmount(longest))))

    /// Whether this is an address that a certificate can name: an answer is signed, so that plain HTTP will do.
    static func isAddress(_ text: String) -> Bool {
        guard let url = URL(string: text), text.allSatisfy({ $0.isASCII && !$0.isWhitespace }) else { return false }
        return ["http", "https"].contains(url.scheme) && url.host()?.isEmpty == false && url.user() == nil
    }

    /// The DER of the answer; `nil` when the responder is not a known one, or gives none in time.
    func answer(to question: [UInt8], from responder: String) async -> [UInt8]? {
        guard known.contains(responder) else { return nil }
        // The client's own deadline ends with the head of an answer, and a body can come byte by byte.
        return await withTaskGroup(of: [UInt8]?.self) { group in
            group.addTask { await ask(question, responder) }
            group.addTask {
                try? await Task.sleep(for: deadline)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }

    private func ask(_ question: [UInt8], _ responder: String) async -> [UInt8]? {
        var request = HTTPClientRequest(url: responder)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/ocsp-request")
        request.body = .bytes(ByteBuffer(bytes: question))
        guard let response = try? await Self.http.execute(request, timeout: TimeAmount(deadline)), response.status == .ok,
            let body = try? await response.body.collect(upTo: Self.limit)
        else { return nil }
        return Array(body.readableBytesView)
    }
}
