/// How a person was identified when the device was ordered.
///
/// Stated in the bank's own questions and answers.
public enum Identification: String, Hashable, Sendable, Codable, CaseIterable {
    /// In a branch.
    case branch
    /// By video.
    case video
    /// By a certified copy of the identity document.
    case certifiedCopy
}

/// What a session opens: one of the bank's applications.
public struct Application: Hashable, Sendable, Codable {
    /// Its name: `own`.
    public let id: String
    /// The identifications that open it.
    public let admits: Set<Identification>

    /// An application.
    public init(id: String, admits: Set<Identification>) {
        self.id = id
        self.admits = admits
    }

    /// The bank's own application: any identification opens it (stated).
    public static let own = Application(id: "own", admits: [.branch, .video, .certifiedCopy])
    /// The business application: a certified copy is not enough (stated).
    public static let business = Application(id: "business", admits: [.branch, .video])
    /// Any other application: a certified copy opens the bank's own only (stated).
    public static let other = Application(id: "other", admits: [.branch, .video])

    /// All applications above.
    public static let all: [Application] = [.own, .business, .other]
}

/// What names an account at the bank.
public struct AccountID: RawRepresentable, Hashable, Sendable, Codable {
    /// 1 to 64 printable ASCII characters.
    public let rawValue: String

    /// `nil` for anything but 1 to 64 printable ASCII characters without spaces.
    public init?(rawValue: String) {
        guard rawValue.isIdentifier else { return nil }
        self.rawValue = rawValue
    }
}

extension AccountID: CustomStringConvertible {
    /// The name itself.
    public var description: String { rawValue }
}

extension Enrolment {
    /// Refuses an application that the person's identification does not open, and an account that the certificate is not linked to.
    ///
    /// - Throws: ``EnrolmentRefusal/identificationTooWeak(_:_:)``, ``EnrolmentRefusal/notLinked(_:)``.
    public func admit(to application: Application, account: AccountID?) throws(EnrolmentRefusal) {
        guard let identification = life.identification, application.admits.contains(identification) else {
            throw .identificationTooWeak(life.identification, application.id)
        }
        if let account, !life.accounts.contains(account) { throw .notLinked(account) }
    }
}
