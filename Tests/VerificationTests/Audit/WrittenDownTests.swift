import Crypto
import DeviceProtocol
import Foundation
import ScanChallenge
import Testing
import Verification

/// What the bank changes of people and devices: the row in the audit log says what, and the person is told.
struct WrittenDownTests {
    private static let iban = "LU280019400644750000"

    private func rows(_ bank: TestBank) async throws -> [AuditRow] { try await AuditLog(store: bank.store).rows() }

    private func told(_ rows: [AuditRow]) -> [String] { rows.map { "\($0.kind.rawValue): \($0.detail)" } }

    private func notices(_ bank: TestBank) async throws -> [Notice.Kind] {
        try await bank.store.read { [alice = bank.alice] (reader) throws(StoreError) in try reader.notices(of: alice).map(\.kind) }
    }

    @Test func `each change of a device says what was changed, without account and name; what was so before is not written`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        let account = try #require(AccountID(rawValue: Self.iban))
        let enrolled = try await rows(bank).count
        try await bank.enrolments.rename(token.id, to: "her key ring")
        try await bank.enrolments.rename(token.id, to: nil)
        for way in [Identification.certifiedCopy, .certifiedCopy, .branch] { try await bank.enrolments.identify(token.id, by: way) }
        for isLinked in [true, true, false, false] { try await bank.enrolments.link(token.id, to: account, isLinked: isLinked) }
        let end = try #require(try await bank.enrolment(of: token.id).life.validUntil)
        bank.clock.advance(by: end.timeIntervalSince(bank.clock.now) - 86_400)
        try await bank.enrolments.renew(token.id)
        let next = try #require(try await bank.enrolment(of: token.id).life.validUntil)
        try await bank.enrolments.revoke(token.id)

        let written = Array(try await rows(bank).dropFirst(enrolled))
        #expect(
            told(written) == [
                "configuration changed: named", "configuration changed: name removed",
                "configuration changed: identified by certifiedCopy, before by nobody",
                "configuration changed: identified by branch, before by certifiedCopy", "configuration changed: account linked",
                "configuration changed: account unlinked", "configuration changed: renewed until 2033-01-15", "revoked: device",
            ])
        #expect(written.allSatisfy { $0.person?.subscriber == "alice" && $0.person?.device == token.id.rawValue })
        #expect(!"\(written)".contains(Self.iban) && !"\(written)".contains("key ring"))
        #expect(
            try await notices(bank) == [
                .deviceIdentified, .deviceIdentified, .accountsChanged, .accountsChanged, .deviceRenewed(until: next), .deviceEnded,
            ])
    }

    @Test func `a suspension is written with the reason that holds, and told when that changes`() async throws {
        let bank = try TestBank()
        let (one, two) = (try await bank.enrolToken("T-1"), try await bank.enrolToken("T-2", seed: Array(repeating: 7, count: 20)))
        let enrolled = try await rows(bank).count
        for reason in [SuspensionReason.fraud, .person, .bank, .fraud] { try await bank.enrolments.suspend(one.id, by: reason) }
        for reason in [SuspensionReason.person, .person, .bank] { try await bank.enrolments.suspend(two.id, by: reason) }
        let written = told(Array(try await rows(bank).dropFirst(enrolled)))
        let reasons = Array(repeating: "fraud", count: 4) + ["person", "person", "bank"]
        #expect(written == reasons.map { "suspended: \($0)" })
        #expect(try await notices(bank) == [.deviceSuspended(.fraud), .deviceSuspended(.person), .deviceSuspended(.bank)])
    }

    @Test func `a new customer, an order, its keys and its end are written down, and the order is told`() async throws {
        let customers = try TestCustomers()
        let (bank, activations) = (customers.bank, customers.activations)
        try await customers.subscribers.create(customers.alice)
        let scan = try TestScan(id: DeviceID("S-1"), kind: .scan, issuer: bank.issuer.identity)
        let order = {
            try await activations.order(
                .scan, for: customers.alice, serial: scan.id, activationCode: secret("4711A"), identification: .video,
                accounts: [#require(AccountID(rawValue: Self.iban))], idempotencyKey: "1")
        }
        let id = try await order().order.id
        // The same order once more is no other one.
        #expect(try await order().order.id == id)
        #expect(try await customers.notices() == [.deviceOrdered(.scan)])
        try await activations.prove(.activationCode(secret("4711A")), for: id)
        try await activations.register(scan.id, for: id, with: .pairing(scan.record, scan.keys), isEmulated: true)
        try await activations.cancel(id)
        let written = try await rows(bank)
        #expect(
            told(written) == [
                "created: customer", "ordered: scan, identified by video", "registered: keys, scan", "revoked: order cancelled",
            ])
        #expect(written.allSatisfy { $0.person?.subscriber == "alice" })
        #expect(written.map { $0.person?.device } == ["", "", "S-1", "S-1"])
        #expect(!"\(written)".contains(Self.iban))
        #expect(try await customers.notices() == [.deviceOrdered(.scan), .orderCancelled(.scan)])
    }

    @Test func `whose security questions are replaced is told`() async throws {
        let customers = try TestCustomers()
        try await customers.subscribers.create(customers.alice)
        try await customers.subscribers.setQuestions(
            of: customers.alice, to: ["School?", "Pet?", "Street?"].map { (text: $0, answer: try secret("Zoe")) })
        #expect(try await customers.notices() == [.questionsChanged])
        let written = told(try await rows(customers.bank))
        #expect(written.last == "configuration changed: security questions")
    }
}
