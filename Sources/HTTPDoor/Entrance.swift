import HTTPTypes
import HummingbirdCore

/// Who may come in at a place, and by what: everything that is decided of a request before it is dispatched.
struct Entrance: Sendable {
    /// How callers are told apart.
    enum Key: Sendable {
        /// By the connection: a user ID, a certificate.
        case connection
        /// By a token in each request.
        case tokens([BearerToken])
        /// Not at all.
        case none
    }

    let key: Key
    let hosts: Set<String>?
    let origins: Set<String>

    /// An entrance; names of hosts and origins count in capitals or not (RFC 9110, 4.2.3).
    init(key: Key, hosts: Set<String>?, origins: Set<String>) {
        self.key = key
        self.hosts = hosts.map { Set($0.map { $0.lowercased() }) }
        self.origins = Set(origins.map { $0.lowercased() })
    }

    /// The version of the protocol that this program speaks.
    static let version = "1"

    /// The caller of a request.
    ///
    /// - Parameter known: whom the connection itself has named.
    /// - Throws: ``Problem``.
    func caller(_ head: HTTPRequest, known: Caller?) throws(Problem) -> Caller {
        if let hosts, !hosts.contains(head.authority?.lowercased() ?? "") {
            throw Problem(
                .misdirectedRequest, "foreignHost", "this host name is not served here",
                userAction: "use \(hosts.sorted().joined(separator: " or "))")
        }
        let fields = head.headerFields
        for origin in fields[values: .origin] where !origins.contains(origin.lowercased()) {
            throw Problem(.forbidden, "foreignOrigin", "pages of this origin may not ask here", userAction: "have the origin listed")
        }
        let caller = try caller(fields, known)
        for version in fields[values: .tesseraVersion] where version != Self.version {
            throw Problem(
                .badRequest, "unsupportedVersion", "this version of the protocol is not spoken here; version \(Self.version) is",
                userAction: "ask with Tessera-Version: \(Self.version), or without it")
        }
        return caller
    }

    private func caller(_ fields: HTTPFields, _ known: Caller?) throws(Problem) -> Caller {
        switch key {
        case .none: return Caller("anybody", roles: [])
        case .connection:
            guard let known else { throw .unauthenticated("no name of this certificate is let in here", action: "have it listed", [:]) }
            return known
        case .tokens(let tokens):
            let offered = fields[values: .authorization]
            let scheme = "bearer "
            guard let word = offered.first, offered.count == 1, word.prefix(scheme.count).lowercased() == scheme else {
                throw .unauthenticated("the request has no token", [.wwwAuthenticate: "Bearer"])
            }
            // NIO holds the field as text, which nobody can wipe; no further copy is made of it.
            let bytes = word.utf8.dropFirst(scheme.utf8.count)
            // Every token is compared, so that the time does not tell which one was near.
            var found: Caller?
            for token in tokens where token.isWord(bytes) { found = token.caller }
            guard let found else {
                throw .unauthenticated("the token is not known here", [.wwwAuthenticate: "Bearer error=\"invalid_token\""])
            }
            return found
        }
    }
}

extension Problem {
    fileprivate static func unauthenticated(
        _ detail: String, action: String = "send a token: Authorization: Bearer …", _ headers: HTTPFields
    ) -> Problem {
        Problem(.unauthorized, "unauthenticated", detail, userAction: action, headers: headers)
    }
}
