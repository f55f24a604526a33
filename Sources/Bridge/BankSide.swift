public import Crypto
public import Foundation
public import Pictures
public import Verification

/// The bank's side as the bridge offers it: what `Verification` has, over one store.
public struct BankSide: Sendable {
    /// The store under all of them.
    public let store: any Store
    /// What the products and devices may do.
    public let policy: VerificationPolicy
    /// Operations.
    public let operations: Operations
    /// Devices of subscribers.
    public let enrolments: Enrolments
    /// Customers.
    public let subscribers: Subscribers
    /// Devices from the order to the first use.
    public let activations: Activations
    /// How a Scan or phone that was sent gets its keys.
    public let pairings: Pairings
    /// The ways back of who is blocked.
    public let recovery: Recovery
    /// Logging in.
    public let logins: Logins
    /// What logins opened.
    public let sessions: Sessions
    /// What several sign.
    public let transactions: Transactions
    /// Which amounts and beneficiaries need a device.
    public let permissions: Permissions
    /// Pictures that only the person and the bank know; `nil` where none are shown.
    public let secretImages: SecretImages?
    /// What happened.
    public let audit: AuditLog
    /// Whose heads of the audit log count when it is checked.
    public let auditKeys: [Curve25519.Signing.PublicKey]
    /// Draws secret images with an operation's details; `nil` where none are shown.
    let renderer: SecretImageRenderer?
    /// Tells the time.
    let now: @Sendable () -> Date

    /// The bank's side.
    ///
    /// - Parameters: all made over the same store, by the same policy and clock.
    ///   - auditKeys: whose heads of the audit log count; without any, nothing in it is anchored.
    ///   - renderer: draws secret images; needed where there are any.
    ///   - now: tells the time.
    public init(
        store: any Store, policy: VerificationPolicy, operations: Operations, enrolments: Enrolments, subscribers: Subscribers,
        logins: Logins, transactions: Transactions, permissions: Permissions, secretImages: SecretImages? = nil,
        auditKeys: [Curve25519.Signing.PublicKey] = [], renderer: SecretImageRenderer? = nil,
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.store = store
        self.policy = policy
        self.operations = operations
        self.enrolments = enrolments
        self.subscribers = subscribers
        activations = Activations(subscribers, enrolments)
        pairings = Pairings(activations, for: operations)
        recovery = Recovery(subscribers)
        self.logins = logins
        sessions = Sessions(store: store, now: now)
        self.transactions = transactions
        self.permissions = permissions
        self.secretImages = secretImages
        audit = AuditLog(store: store, now: now)
        self.auditKeys = auditKeys
        self.renderer = renderer
        self.now = now
    }
}
