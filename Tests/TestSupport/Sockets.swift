import Foundation

/// Ports of this machine that nobody listens at.
enum FreePorts {
    /// The first of `count` adjacent free ports, outside the range that the system gives to outgoing connections.
    ///
    /// - Throws: ``PrivatePCSCDError/notReady(log:)`` when no such row is found.
    static func first(of count: Int) throws -> UInt16 {
        for _ in 0..<200 {
            let base = UInt16.random(in: 10_000..<32_000)
            if (0..<UInt16(count)).allSatisfy({ isFree(base + $0) }) { return base }
        }
        throw PrivatePCSCDError.notReady(log: "no \(count) adjacent ports are free")
    }

    private static func isFree(_ port: UInt16) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return withAddress(.any, port) { bind(descriptor, $0, $1) } == 0
    }
}

/// An address to listen at or to connect to.
enum Host: UInt32 {
    case any = 0
    case loopback = 0x7F00_0001
}

/// Lends the C form of an Internet address to `body`.
func withAddress<R>(_ host: Host, _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = host.rawValue.bigEndian
    return withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
}

/// A socket in the file system.
enum UnixSocket {
    /// Whether somebody listens at `path`.
    static func accepts(_ path: String) -> Bool {
        let descriptor = make()
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return withAddress(path) { connect(descriptor, $0, $1) } == 0
    }

    /// A socket that listens at `path`.
    ///
    /// - Throws: ``PrivatePCSCDError/notReady(log:)``.
    static func listen(at path: String) throws -> Int32 {
        let descriptor = make()
        guard withAddress(path, { bind(descriptor, $0, $1) }) == 0, Foundation.listen(descriptor, 64) == 0 else {
            throw PrivatePCSCDError.notReady(log: "nobody can listen at \(path)")
        }
        return descriptor
    }

    private static func make() -> Int32 { socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0) }

    private static func withAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let fits = withUnsafeMutableBytes(of: &address.sun_path) { room in
            guard path.utf8.count < room.count else { return false }
            room.copyBytes(from: path.utf8)
            return true
        }
        guard fits else { return -1 }
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
    }
}
