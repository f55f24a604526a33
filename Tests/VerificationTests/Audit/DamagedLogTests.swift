import DeviceProtocol
import Foundation
import Testing
import Verification

/// An audit log that somebody has damaged keeps nobody from what needs no log, and the check tells of it.
struct DamagedLogTests {
    /// Lets the audit log be changed, as whoever owns the tables can.
    private func dropRule(_ kind: StoreKind) -> String {
        kind == .sqlite ? "DROP TRIGGER audit_is_never_changed;" : "DROP TRIGGER audit_is_never_changed ON audit;"
    }

    @Test(arguments: StoreKind.allCases)
    func `behind a last row with a time that cannot be nothing is told, and all else goes on`(_ kind: StoreKind) async throws {
        let place = try await kind.place()
        let bank = try await TestBank(store: place.open())
        let token = try await bank.enrolToken()
        try await place.tamper("\(dropRule(kind)) UPDATE audit SET at = 2305843009213693952")
        try await bank.store.write { (transaction) throws(StoreError) in try transaction.countStranger() }
        #expect(try await bank.store.read { (reader) throws(StoreError) in try reader.strangers() } == 1)
        let operation = try await bank.begin(.login(), with: token.id)
        #expect(operation.change == 1)
        await #expect(
            throws: VerificationError.store(.damaged("the last row of the audit log has a number or a time that cannot be"))
        ) { try await bank.operations.submit(.code(token.code(at: bank.clock.now)), to: operation.id) }
        #expect(try await bank.operations.all(of: bank.alice).map { $0.outcome?.name } == [nil])
    }

    @Test(arguments: StoreKind.allCases)
    func `a device whose person somebody has exchanged is not locked out, and the check tells`(_ kind: StoreKind) async throws {
        let place = try await kind.place()
        let bank = try await TestBank(store: place.open())
        let token = try await bank.enrolToken()
        let zeros = kind == .sqlite ? "zeroblob(16)" : "decode(repeat('00', 16), 'hex')"
        try await place.tamper("UPDATE audit_person SET salt = \(zeros)")
        let operation = try await bank.begin(.login(), with: token.id)
        #expect(try await bank.operations.submit(.code(token.code(at: bank.clock.now)), to: operation.id).name == "succeeded")
        let report = try await AuditLog(store: bank.store).check(keys: [])
        #expect(!report.isIntact)
    }
}
