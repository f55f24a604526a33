import Foundation

/// A client as small as possible: one Unix socket, blocking calls, and as much of HTTP/1.1 as the bridge's answers need.
final class BridgeConnection {
    let socket: Int32
    private var buffer: [UInt8] = []
    private var room = [UInt8](repeating: 0, count: 8_192)

    /// How long an answer may take.
    private static let patience = 30

    init(to path: String) throws {
        socket = Foundation.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        try BenchmarkError.check(socket >= 0, "socket")
        var wait = timeval(tv_sec: Self.patience, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        try BenchmarkError.check(unsafe setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &wait, size) == 0, "setsockopt")
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { place in unsafe place.copyBytes(from: bytes.prefix(place.count - 1)) }
        let connected = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe connect(socket, address, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try BenchmarkError.check(connected == 0, "connect")
    }

    deinit { close(socket) }

    /// Begins the login of a Token, and returns the path of the operation.
    func begin(_ token: BridgedToken) throws -> String {
        let body = """
            {"subscriber":"\(token.subscriber)","device":"\(token.device)",\
            "content":{"kind":"login","place":"Luxembourg","browser":"Firefox"}}
            """
        try post("/v1/operations", body, "Idempotency-Key: \(token.device)\r\n")
        let answer = try receive()
        guard answer.head.starts(with: "HTTP/1.1 202".utf8), let path = Self.field("\r\nlocation: ", of: answer.head) else {
            throw BenchmarkError("an operation was not begun: \(String(decoding: answer.body, as: UTF8.self))")
        }
        return String(decoding: path, as: UTF8.self)
    }

    /// Submits a code, which has to be right.
    func submit(_ code: String, to path: String) throws {
        try post(path + "/responses", "{\"code\":\"\(code)\"}")
        let answer = try receive()
        guard answer.head.starts(with: "HTTP/1.1 200".utf8), Self.place(of: "succeeded", in: answer.body) != nil else {
            throw BenchmarkError("a right code was refused: \(String(decoding: answer.body, as: UTF8.self))")
        }
    }

    /// Asks for the stream of events; what comes is the caller's to read.
    func listen() throws { try send("GET /v1/events HTTP/1.1\r\nHost: bank\r\n\r\n") }

    private func post(_ path: String, _ body: String, _ fields: String = "") throws {
        let length = body.utf8.count
        try send(
            "POST \(path) HTTP/1.1\r\nHost: bank\r\nContent-Type: application/json\r\n\(fields)Content-Length: \(length)\r\n\r\n\(body)")
    }

    private func send(_ text: String) throws {
        let bytes = Array(text.utf8)
        // A request is far smaller than a socket's buffer.
        try BenchmarkError.check(unsafe write(socket, bytes, bytes.count) == bytes.count, "write")
    }

    /// Reads one answer that says its length.
    private func receive() throws -> (head: ArraySlice<UInt8>, body: ArraySlice<UInt8>) {
        buffer.removeAll(keepingCapacity: true)
        while true {
            let count = unsafe read(socket, &room, room.count)
            guard count > 0 else { throw BenchmarkError("the bridge closed a connection, or did not answer for \(Self.patience) s") }
            buffer += room.prefix(count)
            guard let end = Self.place(of: "\r\n\r\n", in: buffer[...]) else { continue }
            let head = buffer[..<end]
            guard let field = Self.field("\r\ncontent-length: ", of: head), let length = Int(String(decoding: field, as: UTF8.self)) else {
                throw BenchmarkError("an answer does not say its length")
            }
            if buffer.count >= end + 4 + length { return (head, buffer[(end + 4)...]) }
        }
    }

    /// A header field's value, up to the end of its line.
    private static func field(_ name: String, of head: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        place(of: name, in: head).map { head[($0 + name.utf8.count)...].prefix { $0 != 0x0D } }
    }

    /// Where some ASCII text stands, whose letters are small; those of `bytes` may be capitals.
    private static func place(of text: String, in bytes: ArraySlice<UInt8>) -> Int? {
        let wanted = Array(text.utf8)
        return bytes.indices.first { start in
            guard bytes.endIndex - start >= wanted.count else { return false }
            for offset in wanted.indices {
                let byte = bytes[start + offset]
                guard (0x41...0x5A).contains(byte) ? byte | 0x20 == wanted[offset] : byte == wanted[offset] else { return false }
            }
            return true
        }
    }
}
