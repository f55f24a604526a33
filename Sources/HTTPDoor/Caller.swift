import HTTPTypes

/// Who has opened the door: found out before a request is looked at.
public struct Caller: Hashable, Sendable {
    /// What others are told of them: `uid 1000`, `token core`, a certificate's common name.
    public let name: String
    /// What they may do.
    public let roles: Set<Role>

    /// A caller.
    public init(_ name: String, roles: Set<Role>) {
        self.name = name
        self.roles = roles
    }

    /// Lets only who has one of `admitted` go on.
    ///
    /// - Throws: ``Problem`` 403 `roleMissing`.
    public func require(anyOf admitted: [Role]) throws(Problem) {
        guard roles.isDisjoint(with: admitted) else { return }
        let names = admitted.map(\.rawValue).joined(separator: " or ")
        throw Problem(
            .forbidden, "roleMissing", "\(name) is no \(names)", userAction: "have the role given to this caller, or let another one ask")
    }
}

/// What callers may do.
public enum Role: String, Sendable, Codable, CaseIterable {
    /// Looks at devices, runs operations on them.
    case deviceUser
    /// Begins and checks logins and transactions, submits answers.
    case verifier
    /// Changes subscribers and enrolments.
    case administrator
    /// Looks at events, audit and metrics; changes nothing.
    case observer
}
