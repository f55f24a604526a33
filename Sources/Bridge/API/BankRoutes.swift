public import HTTPDoor
public import Hummingbird

/// The bank's side over HTTP: customers, devices, logins, transactions, audit, and how the program is.
public struct BankRoutes: Sendable {
    private let bank: BankSide
    private let attached: (any AttachedAnswers)?
    private let metrics: (@Sendable () async -> String)?

    /// The routes of a bank.
    ///
    /// - Parameters:
    ///   - attached: lets attached devices answer logins; `nil` where none are.
    ///   - metrics: writes what was counted, in Prometheus' text format; without it there is no `/metrics`.
    public init(of bank: BankSide, attached: (any AttachedAnswers)? = nil, metrics: (@Sendable () async -> String)? = nil) {
        self.bank = bank
        self.attached = attached
        self.metrics = metrics
    }

    /// Puts them onto a router, under `/v1` and at `/healthz`, `/readyz`, `/metrics` and `/openapi.yaml`.
    public func add(to routes: Router<DoorContext>) {
        SubscriberRoutes(bank: bank).add(to: routes)
        EnrolmentRoutes(bank: bank).add(to: routes)
        OrderRoutes(bank: bank).add(to: routes)
        PairingRoutes(bank: bank).add(to: routes)
        LoginRoutes(bank: bank, attached: attached).add(to: routes)
        SessionRoutes(bank: bank).add(to: routes)
        // What was just begun shows no prompt yet; those who wait for it ask for the operation itself.
        let forms = OperationForms(bank: bank, board: Board())
        SecretImageRoutes(bank: bank, forms: forms).add(to: routes)
        TransactionRoutes(bank: bank, forms: forms).add(to: routes)
        PermissionRoutes(bank: bank).add(to: routes)
        AuditRoutes(bank: bank).add(to: routes)
        HealthRoutes(readiness: Readiness(store: bank.store), metrics: metrics).add(to: routes)
    }
}
