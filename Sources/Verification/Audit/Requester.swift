/// Who asks for what is done: each row of the audit log that is written meanwhile says so.
///
/// It decides nothing. So it is no parameter of everything that may write a row, but a value of the task that does:
///
///     try await Requester.$current.withValue(Requester(caller: "token core")) { try await enrolments.suspend(device, by: .bank) }
public struct Requester: Hashable, Sendable {
    /// What may name a clerk: 1 to 64 printable characters of ASCII, no spaces.
    public static let clerkLimit = 64

    /// Whose request it is, as the door knows them: `token core`, `uid 1000`.
    public let caller: String
    /// For whom they ask, in their own words: a clerk's number, a user's name.
    public let clerk: String?

    /// A requester.
    ///
    /// - Returns: `nil` when `clerk` is not 1 to 64 printable characters of ASCII without spaces.
    public init?(caller: String, clerk: String?) {
        guard clerk.map(Self.isClerk) ?? true else { return nil }
        (self.caller, self.clerk) = (caller, clerk)
    }

    /// A requester as a store kept it, whatever it says: whether that was written so, the row's hash tells.
    package init(stored caller: String, clerk: String?) { (self.caller, self.clerk) = (caller, clerk) }

    /// A requester who asks for nobody else.
    public init(caller: String) { (self.caller, clerk) = (caller, nil) }

    private static func isClerk(_ name: String) -> Bool {
        (1...clerkLimit).contains(name.utf8.count) && name.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    /// Who asks in this task; `nil` where the program acts by itself.
    @TaskLocal public static var current: Requester?
}
