import Foundation

/// What was heard at a socket.
struct SocketAnswer: Equatable {
    /// The status of the answer; RFC 9110, 15.
    let status: Int
    /// The protocol's version, as the answer says it.
    let version: String?
}

/// Why nothing was heard.
enum SocketTrouble: Error, Equatable {
    case absent
    /// The socket is there, and nobody listens.
    case deserted
    /// The socket, or the way to it, is closed to this user.
    case closed
    /// It was opened, and closed again before an answer.
    case hungUp
    case silent
    /// What was heard is no HTTP.
    case unintelligible
}

/// One HTTP request through a socket in the file system, on a thread of its own, with a deadline.
///
/// It stays as plain as that: whoever asks the doctor has a daemon in trouble, and perhaps its libraries, too.
struct SocketQuestion {
    /// Where it is asked.
    enum Place {
        /// The path of a socket.
        case unix(String)
        /// A port of 127.0.0.1.
        case loopback(Int)
    }

    let place: Place
    let target: String
    let patience: Duration

    func ask() async -> Result<SocketAnswer, SocketTrouble> {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { [self] in
                do throws(SocketTrouble) { continuation.resume(returning: .success(try answer())) } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
    }

    /// The answer's head, within ``patience``.
    private func answer() throws(SocketTrouble) -> SocketAnswer {
        let end = ContinuousClock.now.advanced(by: patience)
        let connection = try connect()
        defer { close(connection) }
        let request = Array("GET \(target) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n".utf8)
        // It fits into the socket's buffer: it goes whole, or nobody is there.
        let sent = unsafe request.withUnsafeBytes { unsafe send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        guard sent == request.count else { throw .hungUp }
        var heard: [UInt8] = []
        while heard.count < 1 << 14 {
            if let answer = try Self.head(of: heard) { return answer }
            var wanted = pollfd(fd: connection, events: Int16(POLLIN), revents: 0)
            let left = Int32(clamping: max(0, (end - .now).milliseconds))
            guard unsafe poll(&wanted, 1, left) > 0 else { throw .silent }
            var piece = [UInt8](repeating: 0, count: 4096)
            let count = unsafe read(connection, &piece, piece.count)
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count > 0 else { throw heard.isEmpty ? .hungUp : .unintelligible }
            heard += piece.prefix(count)
        }
        throw .unintelligible
    }

    private var host: String {
        switch place {
        case .unix: "localhost"
        case .loopback(let port): "127.0.0.1:\(port)"
        }
    }

    private func connect() throws(SocketTrouble) -> Int32 {
        let isUnix = if case .unix = place { true } else { false }
        let connection = Foundation.socket(
            isUnix ? AF_UNIX : AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | (isUnix ? SOCK_NONBLOCK.rawValue : 0)), 0)
        guard connection >= 0 else { throw .silent }
        let result: Int32
        switch place {
        case .unix(let socket):
            var address = sockaddr_un()
            let path = Array(socket.utf8)
            guard path.count < MemoryLayout.size(ofValue: address.sun_path) else {
                close(connection)
                throw .absent
            }
            address.sun_family = sa_family_t(AF_UNIX)
            unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path) }
            result = Self.connect(connection, &address)
        case .loopback(let port):
            // Made or refused at once, but for a listener that takes nobody in; socket(7), SO_SNDTIMEO.
            var limit = timeval(tv_sec: Int(patience.components.seconds), tv_usec: 1)
            _ = unsafe setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            result = Self.connect(connection, &address)
        }
        guard result != 0 else { return connection }
        let reason = errno
        close(connection)
        switch reason {
        case ENOENT, ENOTDIR: throw .absent
        case ECONNREFUSED: throw .deserted
        case EACCES, EPERM: throw .closed
        // Its queue is full: it takes nobody in.
        default: throw .silent
        }
    }

    private static func connect<Address>(_ connection: Int32, _ address: inout Address) -> Int32 {
        unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Foundation.connect(connection, $0, socklen_t(MemoryLayout<Address>.size))
            }
        }
    }

    /// The head of an answer (RFC 9112, 2.1 and 4); `nil` while it is not whole.
    private static func head(of bytes: [UInt8]) throws(SocketTrouble) -> SocketAnswer? {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.range(of: "\r\n\r\n") else { return nil }
        let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
        let first = lines[0].split(separator: " ")
        guard first.count >= 2, first[0].hasPrefix("HTTP/1."), let status = Int(first[1]) else { throw .unintelligible }
        let version = lines.dropFirst().lazy.compactMap { line -> String? in
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "tessera-version" else { return nil }
            return parts[1].trimmingCharacters(in: .whitespaces)
        }.first
        return SocketAnswer(status: status, version: version)
    }
}

extension Duration {
    fileprivate var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
