import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// A door at a socket of its own, which says what a test wants, and remembers what it was asked.
final class StubDoor: Sendable {
    /// What it says to a request.
    enum Reply: Sendable {
        /// A whole answer: status and body.
        case json(Int, String)
        /// The head of an answer, and nothing behind it.
        case head
        /// Nothing.
        case silence
    }

    let socket: String
    private let requests = Mutex<[String]>([])

    /// The requests so far, each as `GET /v1/devices`.
    var asked: [String] { requests.withLock { $0 } }

    private init(at socket: String) { self.socket = socket }

    /// Opens one for the time of `body`.
    ///
    /// - Parameter reply: is told the request, as `GET /v1/devices`.
    static func with(_ reply: @escaping @Sendable (String) -> Reply, _ body: (StubDoor) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tessera-door-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(at: folder) }
        let door = StubDoor(at: folder.appending(path: "s").path)
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(unixDomainSocketPath: door.socket) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await server.executeThenClose { clients in
                    try await withThrowingDiscardingTaskGroup { serving in
                        for try await client in clients { serving.addTask { try? await door.serve(client, reply) } }
                    }
                }
            }
            try await body(door)
            group.cancelAll()
            while (try? await group.next()) != nil {}
        }
    }

    /// Answers one request after the other, until the client closes.
    private func serve(_ client: NIOAsyncChannel<ByteBuffer, ByteBuffer>, _ reply: @Sendable (String) -> Reply) async throws {
        try await client.executeThenClose { inbound, outbound in
            var text = ""
            for try await bytes in inbound {
                text += String(buffer: bytes)
                guard Self.isWhole(text) else { continue }
                let request = text.split(separator: " ").prefix(2).joined(separator: " ")
                text = ""
                requests.withLock { $0.append(request) }
                switch reply(request) {
                case .json(let status, let body):
                    let fields = "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)"
                    try await outbound.write(ByteBuffer(string: "HTTP/1.1 \(status) Told\r\n\(fields)\r\n\r\n\(body)"))
                case .head: try await outbound.write(ByteBuffer(string: "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"))
                case .silence: break
                }
            }
        }
    }

    /// Whether this is a request with its whole body.
    private static func isWhole(_ text: String) -> Bool {
        guard let end = text.range(of: "\r\n\r\n") else { return false }
        let length = text.firstMatch(of: /(?i)content-length: *([0-9]+)/).flatMap { Int($0.1) } ?? 0
        return text[end.upperBound...].utf8.count >= length
    }
}
