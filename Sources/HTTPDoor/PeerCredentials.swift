import Glibc
import NIOCore

/// Who is at the other end of a Unix socket, as the kernel wrote it down when they connected (unix(7), `SO_PEERCRED`).
struct PeerCredentials: Sendable {
    /// `struct ucred`: process, user and group, 32 bits each.
    let process: Int32
    let user: uid_t
    let group: gid_t

    /// Reads them of a connection.
    static let read: Reader = { channel in
        guard let options = channel as? any SocketOptionProvider else { return channel.eventLoop.makeFailedFuture(Refusal.noCredentials) }
        return options.unsafeGetSocketOption(level: SocketOptionLevel(SOL_SOCKET), name: SocketOptionName(SO_PEERCRED))
    }

    typealias Reader = @Sendable (any Channel) -> EventLoopFuture<PeerCredentials>
}

/// Why a connection is closed before a byte of it is read.
enum Refusal: Error, CustomStringConvertible {
    case noCredentials
    case foreignUser(PeerCredentials)
    case tooManyConnections
    case tooManyOfPeer(String)

    var description: String {
        switch self {
        case .noCredentials: "the system does not say who connects"
        case .foreignUser(let peer): "user \(peer.user) (process \(peer.process)) is not let in"
        case .tooManyConnections: "there are too many connections"
        case .tooManyOfPeer(let peer): "\(peer) has too many connections"
        }
    }
}
