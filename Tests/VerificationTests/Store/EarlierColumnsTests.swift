import Crypto
import DeviceProtocol
import Foundation
import GRDB
import Testing
import Verification

@testable import SQLiteStore
@testable import StoreTables

/// Rows of stores that were made when columns were JSON.
struct EarlierColumnsTests {
    private let folder: TemporaryFolder
    private let path: String
    private let carol: SubscriberID

    init() throws {
        carol = try SubscriberID("carol")
        folder = try TemporaryFolder()
        path = folder.path("store")
    }

    /// Rewrites a column of every row as JSON, as earlier versions wrote it.
    private func rewrite<Value: Codable>(_ table: String, _ column: String, as type: Value.Type) throws -> Int {
        try DatabaseQueue(path: path).write { database in
            var count = 0
            for row in try Row.fetchAll(database, sql: "SELECT rowid, \(column) AS value FROM \(table) WHERE \(column) IS NOT NULL") {
                #expect((row["value"] as Data).starts(with: CBOR.mark))
                let json = try JSONEncoder().encode(StoredColumn.decode(type, from: row["value"]))
                #expect(json.first == UInt8(ascii: "{"))
                try database.execute(sql: "UPDATE \(table) SET \(column) = ? WHERE rowid = ?", arguments: [json, row[0] as Int64])
                count += 1
            }
            return count
        }
    }

    /// Lets rows that are never changed be changed.
    private func lift(_ triggers: String...) throws {
        try DatabaseQueue(path: path).write { database in
            for trigger in triggers { try database.execute(sql: "DROP TRIGGER \(trigger)") }
        }
    }

    @Test func `devices, operations and subscribers that were written as JSON are read, and go on as CBOR`() async throws {
        let key = SymmetricKey(size: .bits256)
        let accepted: Verification.Operation
        let (token, scan): (TestToken, TestScan)
        do {
            let bank = try TestBank(store: SQLiteStore(at: path, mark: .test), seed: 1)
            (token, scan) = (try await bank.enrolToken(), try await bank.enrolScan())
            accepted = try await bank.begin(.login(), with: token.id)
            _ = try await bank.operations.submit(.code(token.code(at: bank.clock.now)), to: accepted.id)
            try await bank.store.write { [carol] (transaction) throws(StoreError) in try transaction.insert(Subscriber(id: carol)) }
        }
        try lift("outcome_is_final", "every_change_is_numbered")
        #expect(try rewrite("enrolment", "credential", as: Credential.self) == 2)
        #expect(try rewrite("enrolment", "sealing", as: ScanSealing.self) == 1)
        #expect(try rewrite("enrolment", "life", as: EnrolmentLife.self) == 2)
        #expect(try rewrite("operation", "outcome", as: Outcome.self) == 1)
        #expect(try rewrite("subscriber", "record", as: Subscriber.Record.self) == 1)

        let bank = try TestBank(store: SQLiteStore(at: path, mark: .test, protection: StoreKeys([key])), seed: 2)
        #expect(try await bank.operations.operation(accepted.id).outcome?.name == "succeeded")
        let found = try await bank.store.read { [carol] (reader) throws(StoreError) in try reader.subscriber(carol) }
        #expect(found == Subscriber(id: carol))
        bank.clock.advance(by: 60)
        let login = try await bank.begin(.login(), with: token.id)
        #expect(try await bank.operations.submit(.code(token.code(at: bank.clock.now)), to: login.id).name == "succeeded")
        let shown = try await bank.begin(.login(), with: scan.id)
        guard case .sealed = try await bank.operations.presentation(of: shown.id) else {
            Issue.record("the Scan's keys were lost")
            return
        }
        let kept = try await bank.store.read { [carol] (reader) throws(StoreError) in try reader.subscriber(carol) }
        #expect(kept == found)
    }

    @Test func `a Scan from before there were evidence keys keeps the one that its next answer was marked with`() async throws {
        let bank = try TestBank(store: SQLiteStore(at: path, mark: .test))
        let scan = try await bank.enrolScan()
        let credential = try await bank.enrolment(of: scan.id).credential
        let json = try JSONSerialization.jsonObject(with: JSONEncoder().encode(credential)) as? [String: [String: [String: Any]]]
        let key = try #require(json?["scanCode"]?["_0"]?["ocraKey"])
        let bare = try JSONSerialization.data(withJSONObject: ["scanCode": ["_0": key]])
        try await DatabaseQueue(path: path).write { try $0.execute(sql: "UPDATE enrolment SET credential = ?", arguments: [bare]) }
        #expect(try await bank.enrolment(of: scan.id).credential.isUnstored)
        let login = try await bank.begin(.login(), with: scan.id)
        _ = try await bank.operations.presentation(of: login.id)
        #expect(try await bank.operations.submit(.code(scan.code(for: login.challenge)), to: login.id).name == "succeeded")
        let kept = try await bank.enrolment(of: scan.id).credential
        #expect(!kept.isUnstored)
        #expect(try await bank.enrolment(of: scan.id).credential == kept)
    }

    @Test func `a column that is neither is damage`() async throws {
        let store = try SQLiteStore(at: path, mark: .test)
        let one = try enrolment()
        try await store.insert(one)
        for bytes in [Data(), Data([0xD9]), Data(CBOR.mark), Data("[".utf8), Data([0])] {
            try await DatabaseQueue(path: path).write { try $0.execute(sql: "UPDATE enrolment SET credential = ?", arguments: [bytes]) }
            await #expect(throws: StoreError.damaged("a Credential cannot be read")) {
                try await store.read { (reader) throws(StoreError) in try reader.enrolment(one.id) }
            }
        }
    }
}
