import Foundation
import Glibc

/// The reader driver's side of the wire, as Debian's vpcd speaks it: it listens, and the card is its client.
///
/// Every call has a deadline of sixty seconds and runs on a thread of its own.
public final class FakeVPCD: Sendable {
    /// Why a conversation did not go on.
    public struct Failure: Error, CustomStringConvertible {
        /// What happened.
        public let description: String
    }

    /// Where it listens.
    public let port: UInt16
    private let listener: Int32

    /// Listens on 127.0.0.1; on any free port unless one is named.
    public init(port: UInt16 = 0) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard listener >= 0 else { throw Failure(description: "socket: \(errno)") }
        var on: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) + listen(listener, 4) + getsockname(listener, $0, &size)
            }
        }
        guard result == 0 else { throw Failure(description: "bind: \(errno)") }
        self.port = UInt16(bigEndian: address.sin_port)
        self.listener = listener
    }

    deinit { close(listener) }

    /// Takes the card's connection.
    public func accept() async throws -> Peer {
        let listener = listener
        return try await blocking {
            try wait(listener)
            let descriptor = Glibc.accept(listener, nil, nil)
            guard descriptor >= 0 else { throw Failure(description: "accept: \(errno)") }
            return Peer(descriptor: descriptor)
        }
    }

    /// Takes a card, as vpcd does: asks it for its ATR at once.
    ///
    /// On the accepting thread, so that busy tasks do not delay the first word: a card waits five seconds for it. One that
    /// has given up meanwhile is passed over.
    public func acceptCard() async throws -> (peer: Peer, atr: [UInt8]) {
        let listener = listener
        return try await blocking {
            for _ in 0..<20 {
                try wait(listener)
                let descriptor = Glibc.accept(listener, nil, nil)
                guard descriptor >= 0 else { throw Failure(description: "accept: \(errno)") }
                let peer = Peer(descriptor: descriptor)
                if let atr = try? Wire(descriptor: descriptor).ask([0x04]) { return (peer, atr) }
            }
            throw Failure(description: "no card stays")
        }
    }

    /// Takes the card's connection and talks on one plain thread, so that busy tasks delay no answer: a card waits five
    /// seconds for vpcd's first word.
    public func converse<R: Sendable>(_ body: @escaping @Sendable (Wire) throws -> R) async throws -> R {
        let listener = listener
        return try await blocking {
            try wait(listener)
            let descriptor = Glibc.accept(listener, nil, nil)
            guard descriptor >= 0 else { throw Failure(description: "accept: \(errno)") }
            defer { close(descriptor) }
            return try body(Wire(descriptor: descriptor))
        }
    }

    /// One card's connection, for whoever may block.
    public struct Wire {
        fileprivate let descriptor: Int32

        /// Sends a message; nothing comes back for control other than `04`.
        public func tell(_ body: [UInt8]) throws {
            let frame = [UInt8(body.count >> 8), UInt8(body.count & 0xFF)] + body
            guard Glibc.send(descriptor, frame, frame.count, Int32(MSG_NOSIGNAL)) == frame.count else {
                throw Failure(description: "send: \(errno)")
            }
        }

        /// Sends a message and returns the answer's body.
        public func ask(_ body: [UInt8]) throws -> [UInt8] {
            try tell(body)
            return try answer()
        }

        /// The same in two calls, as Debian's vpcd does it: the kernel holds the body back until the length is acknowledged.
        public func askInTwo(_ body: [UInt8]) throws -> [UInt8] {
            for part in [[UInt8(body.count >> 8), UInt8(body.count & 0xFF)], body] {
                guard Glibc.send(descriptor, part, part.count, Int32(MSG_NOSIGNAL)) == part.count else {
                    throw Failure(description: "send: \(errno)")
                }
            }
            return try answer()
        }

        /// How many TCP segments have come from the card, those that only acknowledge included: tcpi_segs_in of Linux's TCP_INFO.
        public var segmentsReceived: Int {
            get throws {
                var info = [UInt32](repeating: 0, count: 64)
                var size = socklen_t(info.count * MemoryLayout<UInt32>.size)
                guard getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_INFO, &info, &size) == 0, size >= 144 else {
                    throw Failure(description: "getsockopt: \(errno)")
                }
                return Int(info[35])
            }
        }

        /// The next answer's body.
        public func answer() throws -> [UInt8] {
            let header = try read(descriptor, 2)
            return try read(descriptor, Int(header[0]) << 8 | Int(header[1]))
        }
    }

    /// One card's connection.
    public final class Peer: Sendable {
        private let descriptor: Int32

        fileprivate init(descriptor: Int32) { self.descriptor = descriptor }

        deinit { close(descriptor) }

        /// Sends bytes as they stand, in pieces of `size`.
        public func send(_ bytes: [UInt8], piece size: Int = .max) async throws {
            try await blocking { [descriptor] in
                var rest = bytes[...]
                while !rest.isEmpty {
                    let part = Array(rest.prefix(size))
                    guard Glibc.send(descriptor, part, part.count, Int32(MSG_NOSIGNAL)) == part.count else {
                        throw Failure(description: "send: \(errno)")
                    }
                    rest = rest.dropFirst(part.count)
                }
            }
        }

        /// Sends a message; nothing comes back for control other than `04`.
        public func tell(_ body: [UInt8]) async throws { try await send([UInt8(body.count >> 8), UInt8(body.count & 0xFF)] + body) }

        /// Sends a message and returns the answer's body.
        public func ask(_ body: [UInt8]) async throws -> [UInt8] {
            try await tell(body)
            return try await answer()
        }

        /// The next answer's body.
        public func answer() async throws -> [UInt8] {
            try await blocking { [descriptor] in
                let header = try read(descriptor, 2)
                return try read(descriptor, Int(header[0]) << 8 | Int(header[1]))
            }
        }

        /// The next bytes as they stand.
        public func take(_ count: Int) async throws -> [UInt8] { try await blocking { [descriptor] in try read(descriptor, count) } }

        /// Waits until the card has closed the connection.
        public func end() async throws {
            try await blocking { [descriptor] in
                try wait(descriptor)
                var byte: UInt8 = 0
                guard recv(descriptor, &byte, 1, 0) == 0 else { throw Failure(description: "the card is still there") }
            }
        }

        /// Ends the connection, as a pcscd that stops does.
        public func hangUp() { shutdown(descriptor, Int32(SHUT_RDWR)) }
    }
}

private func wait(_ descriptor: Int32) throws {
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    guard poll(&entry, 1, 60_000) == 1 else { throw FakeVPCD.Failure(description: "nothing came within sixty seconds") }
}

private func read(_ descriptor: Int32, _ count: Int) throws -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
        try wait(descriptor)
        var part = [UInt8](repeating: 0, count: count - bytes.count)
        let got = recv(descriptor, &part, part.count, 0)
        guard got > 0 else { throw FakeVPCD.Failure(description: "the card hung up") }
        bytes += part.prefix(got)
    }
    return bytes
}

/// Runs what takes its time on a plain thread: tasks have few threads, and none is theirs to keep.
public func blocking<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result(catching: body)) }
    }
}
