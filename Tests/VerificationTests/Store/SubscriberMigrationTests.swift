import DeviceProtocol
import Foundation
import GRDB
import Testing
import Verification

@testable import SQLiteStore

/// A store that was written before there were subscribers goes on.
struct SubscriberMigrationTests {
    @Test func `what an older store holds is there after the step, and is used as before`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("old.sqlite")
        let (old, waiting) = (try enrolment("T-1", isEmulated: true), try enrolment("T-2", isEmulated: true))
        let asked = try operation(old)
        do {
            let queue = try DatabaseQueue(path: path)
            try Schema.migrator(mark: .test).migrate(queue, upTo: "1: mark, enrolments, operations")
            try await queue.write { database in
                for (one, state) in [(old, "active"), (waiting, "suspended")] {
                    try database.execute(
                        sql: "INSERT INTO enrolment VALUES (?, ?, ?, ?, 1, ?, 4, ?, NULL, 7)",
                        arguments: [
                            one.id.rawValue, one.subscriber.rawValue, one.device.rawValue, one.product.rawValue, state,
                            try JSONEncoder().encode(one.credential),
                        ])
                }
                try database.execute(
                    sql: "INSERT INTO operation VALUES (?, ?, ?, ?, ?, ?, 'pending', NULL, NULL, 0)",
                    arguments: [
                        Data(asked.id.bytes), asked.subscriber.rawValue, asked.device.rawValue, asked.enrolment.rawValue,
                        asked.idempotencyKey,
                        Data(asked.challenge.der),
                    ])
            }
            try queue.close()
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        let bank = try TestBank(store: SQLiteStore(at: path, mark: .test))
        let found = try await bank.enrolments.enrolments(of: old.subscriber)
        #expect(found.map(\.device) == [old.device, waiting.device])
        #expect(found.map(\.state) == [.active, .suspended])
        #expect(found.allSatisfy { $0.failures == 4 && $0.version == 7 && $0.life == EnrolmentLife() })
        #expect(found[0].credential == old.credential)
        #expect(try await bank.operations.operation(asked.id).change == 1)
        #expect(try await bank.operations.cancel(asked.id).outcome == .cancelled(nil))
        #expect(try await bank.operations.operation(asked.id).change == 2)
        try await bank.enrolments.resume(waiting.device)
        try await bank.enrolments.rename(old.device, to: "fob")
        #expect(try await bank.enrolment(of: old.device).life.name == "fob")
        // What the old table guarded is still guarded.
        await #expect(throws: StoreError.self) {
            try await bank.store.write { (transaction) throws(StoreError) in
                try transaction.insert(
                    Enrolment(
                        id: EnrolmentID(rawValue: "again") ?? old.id, subscriber: old.subscriber, device: old.device, product: .token,
                        isEmulated: true, credential: old.credential))
            }
        }
    }
}
