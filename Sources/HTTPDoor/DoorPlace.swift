public import Glibc

/// Where a door is, and how callers are told apart there.
public enum DoorPlace: Sendable {
    /// A socket in the file system; callers are told apart by their user ID, which the kernel knows.
    case unix(UnixPlace)
    /// TCP on this machine alone, in the clear; callers are told apart by a token.
    case loopback(LoopbackPlace)
    /// TCP on any address, by TLS; callers are told apart by their certificate.
    case tls(TLSPlace)
}

/// A socket in the file system.
public struct UnixPlace: Sendable {
    /// The path of the socket, in a folder of its own: at most 103 bytes (unix(7)).
    public let path: String
    /// What each user ID may do; whoever is not in it is not let in.
    public let roles: [uid_t: Set<Role>]
    /// The mode of the socket: 0600, or 0660 where the folder's group may connect.
    public let mode: mode_t

    /// A socket.
    public init(_ path: String, roles: [uid_t: Set<Role>], mode: mode_t = 0o600) {
        self.path = path
        self.roles = roles
        self.mode = mode
    }
}

/// TCP on 127.0.0.1.
public struct LoopbackPlace: Sendable {
    /// The port; 0 lets the system choose one.
    public let port: Int
    /// Whom a token lets in; `nil` lets everybody in, with no role, where the routes tell people apart themselves.
    public let tokens: [BearerToken]?
    /// What a request may name as its host: `127.0.0.1`, `localhost` and `[::1]`, each with the port, unless said otherwise.
    ///
    /// A page that makes its own name resolve to this machine (DNS rebinding) names itself there.
    public let hosts: Set<String>?
    /// The origins (RFC 6454: `https://bank.example`) whose pages may ask; others are refused.
    public let origins: Set<String>
    /// Whether pages that this door serves itself may ask.
    public let servesPages: Bool

    /// TCP on this machine.
    public init(
        port: Int, tokens: [BearerToken]?, hosts: Set<String>? = nil, origins: Set<String> = [], servesPages: Bool = false
    ) {
        self.port = port
        self.tokens = tokens
        self.hosts = hosts
        self.origins = origins
        self.servesPages = servesPages
    }
}

/// TCP with TLS 1.3 or 1.2, and a certificate from both sides.
public struct TLSPlace: Sendable {
    /// The address to listen at: `0.0.0.0`, `::`, or one of this machine's.
    public let address: String
    /// The port; 0 lets the system choose one.
    public let port: Int
    /// The file with this side's certificate and those between it and its root (PEM).
    public let certificates: String
    /// The file with this side's key (PEM), readable by its owner alone.
    public let key: String
    /// The file with the roots that callers' certificates come from (PEM).
    public let clientRoots: String
    /// What each name may do: the common name of a certificate's subject, or one of its alternative DNS names or URIs.
    public let roles: [String: Set<Role>]
    /// What a request may name as its host; `nil` admits any, since a browser has no certificate to show.
    public let hosts: Set<String>?

    /// TCP with TLS.
    public init(
        address: String, port: Int, certificates: String, key: String, clientRoots: String, roles: [String: Set<Role>],
        hosts: Set<String>? = nil
    ) {
        self.address = address
        self.port = port
        self.certificates = certificates
        self.key = key
        self.clientRoots = clientRoots
        self.roles = roles
        self.hosts = hosts
    }
}

/// A word that lets a caller in (RFC 6750).
public struct BearerToken: Sendable {
    let caller: Caller
    let bytes: [UInt8]

    /// A token of this name, which is no secret, with the roles it gives.
    ///
    /// - Parameter secret: at least 32 characters of `A-Z a-z 0-9 - . _ ~ + / =` (RFC 6750, 2.1).
    /// - Throws: ``DoorError/weakToken(_:)``.
    public init(_ name: String, secret: String, roles: Set<Role>) throws(DoorError) {
        let bytes = Array(secret.utf8)
        let isToken = bytes.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || "-._~+/=".utf8.contains(byte)
        }
        guard bytes.count >= 32, isToken else { throw .weakToken(name) }
        caller = Caller("token \(name)", roles: roles)
        self.bytes = bytes
    }
}

/// Its name is printed, its word never: libraries log the services that they start, with all that is in them.
extension BearerToken: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// `token core`.
    public var description: String { caller.name }
    /// The same.
    public var debugDescription: String { description }
    /// Nothing of it is looked into.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Where a door listens in the end.
public enum DoorAddress: Hashable, Sendable, CustomStringConvertible {
    /// The path of a socket.
    case unix(String)
    /// Host and port.
    case tcp(String, Int)

    /// As people write it: `/run/tessera/bridge.sock`, `127.0.0.1:8443`.
    public var description: String {
        switch self {
        case .unix(let path): path
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }
    }
}
