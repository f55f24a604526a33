import Glibc
import Synchronization

/// The socket that a door has made: what stands at its path later may be another's.
final class MadeSocket: Sendable {
    private let path: String
    private let identity = Mutex<FileStatus.Identity?>(nil)

    init(_ path: String) { self.path = path }

    /// Notes that it has been made.
    func note() throws(DoorError) {
        let found = try FileStatus.ofName(path)?.identity
        identity.withLock { $0 = found }
    }

    /// Removes it, unless another stands there.
    func remove() {
        guard let own = identity.withLock({ $0 }), let there = try? FileStatus.ofName(path), there.identity == own else { return }
        _ = unsafe unlink(path)
    }

    /// Gives a socket its mode.
    @Sendable static func set(_ mode: mode_t, of path: String) throws(DoorError) {
        guard unsafe chmod(path, mode) == 0 else { throw .failed("chmod", path) }
    }
}

/// Who listens at a socket in the file system.
enum SocketListener {
    case nobody
    /// A process, by its number where the kernel tells it.
    case process(Int32?)

    /// Connects to it, and hangs up.
    ///
    /// - Throws: ``DoorError`` where that cannot be found out.
    static func at(_ path: String) throws(DoorError) -> SocketListener {
        let client = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard client >= 0 else { throw .failed("socket", path) }
        defer { close(client) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let name = Array(path.utf8)
        guard name.count < MemoryLayout.size(ofValue: address.sun_path) else { throw .unusablePath(path, why: "it is too long") }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: name) }
        let isThere = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(client, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        // Its queue may be full: somebody has it, even so.
        guard isThere || errno == EAGAIN else {
            guard errno == ECONNREFUSED || errno == ENOENT else { throw .failed("connect", path) }
            return .nobody
        }
        var peer = PeerCredentials(process: 0, user: 0, group: 0)
        var size = socklen_t(MemoryLayout<PeerCredentials>.size)
        let answer = unsafe getsockopt(client, SOL_SOCKET, SO_PEERCRED, &peer, &size)
        return .process(isThere && answer == 0 && peer.process > 0 ? peer.process : nil)
    }
}
