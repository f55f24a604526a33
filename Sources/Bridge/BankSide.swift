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
    /// Logging in.
    public let logins: Logins
    /// What several sign.
    public let transactions: Transactions
    /// Which amounts and beneficiaries need a device.
    public let permissions: Permissions
    /// Pictures that only the person and the bank know; `nil` where none are shown.
    public let secretImages: SecretImages?

    /// The bank's side.
    ///
    /// - Parameters: all made over the same store, by the same policy and clock.
    public init(
        store: any Store, policy: VerificationPolicy, operations: Operations, enrolments: Enrolments, subscribers: Subscribers,
        logins: Logins, transactions: Transactions, permissions: Permissions, secretImages: SecretImages? = nil
    ) {
        self.store = store
        self.policy = policy
        self.operations = operations
        self.enrolments = enrolments
        self.subscribers = subscribers
        self.logins = logins
        self.transactions = transactions
        self.permissions = permissions
        self.secretImages = secretImages
    }
}
