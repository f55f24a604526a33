public import Glibc
public import Secrets

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

/// A word that lets a caller in (RFC 6750), on a page of its own that is wiped with the last place that knows it.
public struct BearerToken: Sendable {
    private final class Word: Sendable {
        let bytes: SecretBytes
        init(_ bytes: consuming SecretBytes) { self.bytes = bytes }
    }

    let caller: Caller
    private let word: Word

    /// A token of this name, which is no secret, with the roles it gives.
    ///
    /// - Parameter secret: at least 32 characters of `A-Z a-z 0-9 - . _ ~ + / =` (RFC 6750, 2.1).
    /// - Throws: ``DoorError/weakToken(_:)``.
    public init(_ name: String, secret: consuming SecretBytes, roles: Set<Role>) throws(DoorError) {
        let isToken = secret.withBytes { bytes in
            bytes.byteOffsets.allSatisfy { Self.isOfToken(unsafe bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self)) }
        }
        guard secret.count >= 32, isToken else { throw .weakToken(name) }
        caller = Caller("token \(name)", roles: roles)
        word = Word(secret)
    }

    private static func isOfToken(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "-._~+/=".utf8.contains(byte)
        }
    }

    /// Whether these are its bytes, compared where they are, in time that depends on their number alone.
    public func isWord(_ offered: some Collection<UInt8>) -> Bool {
        word.bytes.withBytes { kept in
            guard kept.byteCount == offered.count else { return false }
            var difference: UInt8 = 0
            for (offset, byte) in zip(kept.byteOffsets, offered) {
                difference |= unsafe kept.unsafeLoad(fromByteOffset: offset, as: UInt8.self) ^ byte
            }
            return difference == 0
        }
    }

    /// Whether both are the same word, whoever comes with them.
    public func hasWord(of other: BearerToken) -> Bool { constantTimeEquals(word.bytes, other.word.bytes) }
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
