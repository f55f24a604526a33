import DeviceProtocol
import Foundation
import SQLiteStore
import ScanChallenge
import Testing
import TestSupport
import Verification

/// A firm with an account and some people, each with a Scan of their own.
struct TestFirm: Sendable {
    let bank: TestBank
    let people: [SubscriberID]
    let transactions: Transactions
    private let scans: [SubscriberID: TestScan]

    static func account() throws -> IBAN { try IBAN("LU280019400644750000") }

    /// People by name, and rules about them: by default any two of them, the first one among them.
    init(
        _ names: [String] = ["anna", "ben", "carla"], store: (any Store)? = nil, rules: (([SubscriberID]) throws -> [SignatureRule])? = nil
    ) async throws {
        let bank = try TestBank(store: store)
        let people = try names.map { try SubscriberID($0) }
        var scans: [SubscriberID: TestScan] = [:]
        for (index, person) in people.enumerated() {
            let scan = try TestScan(id: DeviceID("S-\(index)"), kind: .scan, issuer: bank.issuer.identity)
            try await bank.enrolments.enrol(
                scan.id, as: .scan, for: person, with: .pairing(scan.record, scan.keys), id: bank.enrolmentID(), isEmulated: true)
            scans[person] = scan
        }
        self.bank = bank
        self.people = people
        self.scans = scans
        let made = try rules?(people) ?? [try Self.rule(2, of: people, groups: [.init(atLeast: 1, of: Set(people.prefix(1)))])]
        transactions = Transactions(bank.operations, rules: try SignatureRules(made))
    }

    static func rule(
        _ count: Int, of people: [SubscriberID], groups: [SignatureRule.Group] = [], name: String = "R-7", band: AmountBand? = nil
    ) throws -> SignatureRule {
        try SignatureRule(
            name: name, account: account(), band: band, signatures: count,
            of: people.enumerated().map { .init($1, as: $0 == 0 ? "Director" : "Accountant") }, groups: groups)
    }

    func scan(of person: SubscriberID) throws -> TestScan { try #require(scans[person]) }

    /// A payment that the first person asks for.
    func propose(_ cents: Int64 = 1250, timeToLive: Int = 86_400) async throws -> Transaction {
        try await transactions.propose(
            .payment(cents: cents), from: Self.account(), by: people[0], idempotencyKey: UUID().uuidString, timeToLive: timeToLive)
    }

    func begin(_ id: TransactionID, _ person: SubscriberID, key: String = UUID().uuidString) async throws -> Verification.Operation {
        try await transactions.sign(id, as: person, with: scan(of: person).id, idempotencyKey: key)
    }

    /// What the person's Scan answers.
    func answer(_ operation: Verification.Operation) async throws -> Response {
        let presentation = try await bank.operations.presentation(of: operation.id)
        return try scan(of: operation.subscriber).respond(to: presentation)
    }

    /// Signs from the wish to the answer.
    @discardableResult
    func sign(_ id: TransactionID, _ person: SubscriberID) async throws -> Outcome {
        let operation = try await begin(id, person)
        return try await bank.operations.submit(answer(operation), to: operation.id)
    }

    func state(_ id: TransactionID) async throws -> Transaction.State { try await transactions.transaction(id).state }
}
