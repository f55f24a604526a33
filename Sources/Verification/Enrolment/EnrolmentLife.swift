import DeviceProtocol
public import Foundation

/// What belongs to an enrolment besides its device and keys: name, dates, how the person was identified, what it opens.
public struct EnrolmentLife: Hashable, Sendable, Codable {
    /// What the person calls the device.
    public internal(set) var name: String?
    /// How the person was identified; `nil` where nobody said.
    public internal(set) var identification: Identification?
    /// The accounts that the enrolment is linked to; no other is opened by it.
    public internal(set) var accounts: Set<AccountID>
    /// The first moment at which it is valid no more; `nil` for no end.
    public internal(set) var validUntil: Date?
    /// Why it is suspended.
    public internal(set) var suspension: SuspensionReason?
    /// When its block is over; `nil` for a block without an end, and where there is none.
    public internal(set) var blockedUntil: Date?
    /// Whether the wrong answers that are counted led to a block; `nil` for no.
    var wasBlocked: Bool?
    /// The code of the order letter, by which the person can re-activate it.
    public internal(set) var challengeCode: SecretHash?
    /// The helpdesk's code, as long as it is good.
    public internal(set) var helpdeskCode: PassingCode?
    /// Which enrolment took its place, or is going to.
    public internal(set) var successor: EnrolmentID?

    /// What is known at the start.
    public init(
        name: String? = nil, identification: Identification? = nil, accounts: Set<AccountID> = [], validUntil: Date? = nil,
        challengeCode: SecretHash? = nil
    ) {
        self.name = name
        self.identification = identification
        self.accounts = accounts
        self.validUntil = validUntil
        self.challengeCode = challengeCode
    }

    /// The most characters of a name.
    public static let nameLimit = 40

    /// A name that can be shown: 1 to 40 characters, none of which moves the cursor or hides.
    ///
    /// - Throws: ``EnrolmentRefusal/unsuitableName``.
    static func checkedName(_ text: String) throws(EnrolmentRefusal) -> String {
        let name = text.trimmingCharacters(in: .whitespaces)
        guard (1...nameLimit).contains(name.count), let shown = try? DisplayText(name, field: "name", limit: 4 * nameLimit) else {
            throw .unsuitableName
        }
        return shown.value
    }
}

/// Why a device is suspended.
public enum SuspensionReason: String, Hashable, Sendable, Codable, CaseIterable {
    /// The person said so: lost, stolen, or to be safe.
    case person
    /// The bank said so.
    case bank
    /// Fraud is suspected: all sessions and waiting operations of the person ended with it, and only the bank re-activates.
    case fraud
}

/// A code that is good until a moment, and once.
public struct PassingCode: Hashable, Sendable, Codable {
    /// What it is checked with.
    public let hash: SecretHash
    /// The first moment at which it is good no more.
    public let until: Date
    /// How many wrong ones were given in its place.
    public private(set) var wrong = 0

    /// A code.
    public init(hash: SecretHash, until: Date) {
        self.hash = hash
        self.until = until
    }

    /// The same code after a wrong one was given in its place; `nil` after the fifth, when it is worth nothing any more.
    func afterWrongOne() -> PassingCode? {
        var next = self
        next.wrong += 1
        return next.wrong < 5 ? next : nil
    }
}
