import Crypto
import DeviceProtocol
import Foundation
import GRDB
import ScanChallenge
import StoreTables
import Testing
import Verification

@testable import SQLiteStore

/// What a sealed store keeps of people, orders and the lives of devices.
struct SealedPeopleTests {
    private let folder: TemporaryFolder
    private let path: String
    private let old = SymmetricKey(size: .bits256)
    private let new = SymmetricKey(size: .bits256)
    /// The name of a device, which fits into no other file by chance.
    private let name = "a name that is found if it is there"

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path("store")
    }

    private func open(_ keys: SymmetricKey...) throws -> SQLiteStore {
        try SQLiteStore(at: path, mark: .test, protection: keys.isEmpty ? nil : StoreKeys(keys))
    }

    /// Alice with a password, a Token that has a name, and a Scan that is ordered.
    private func fill(_ store: SQLiteStore) async throws {
        let customers = try TestCustomers(store: store)
        try await customers.admitAlice()
        try await customers.bank.enrolments.rename(customers.enrolToken().id, to: name)
        _ = try await customers.activations.order(
            .scan, for: customers.alice, serial: DeviceID("4711"), activationCode: secret("4711A"), identification: .branch)
    }

    /// Whether the store still knows all that ``fill(_:)`` told it.
    private func isWhole(_ store: SQLiteStore) async throws -> Bool {
        let customers = try TestCustomers(store: store)
        let subscriber = try await customers.subscriber()
        let names = try await customers.bank.enrolments.enrolments(of: customers.alice).map(\.life.name)
        let orders = try await customers.activations.orders(of: customers.alice)
        return subscriber.record.password != nil && names.contains(name) && orders.first?.record.serial?.rawValue == "4711"
    }

    /// How often a text lies on the disk, in any file of the store.
    private func isOnDisk(_ text: String) -> Bool {
        ["", "-wal", "-shm"].contains { (FileManager.default.contents(atPath: path + $0) ?? Data()).range(of: Data(text.utf8)) != nil }
    }

    private var isInTheClear: [Bool] { ["$scrypt$", name].map(isOnDisk) }

    @Test(arguments: [true, false])
    func `the factory secret of a device on its way is sealed with its order, and found where nothing is`(isSealed: Bool) async throws {
        let store = try isSealed ? open(old) : open()
        try await fill(store)
        let customers = try TestCustomers(store: store)
        let scan = try TestScan(id: DeviceID("4711"), kind: .scan, issuer: customers.bank.issuer.identity)
        let id = try #require(try await customers.activations.orders(of: customers.alice).first).id
        try await customers.activations.send(SentDevice(scan.record, isEmulated: true), for: id)
        let secret = scan.record.factorySecret.withUnsafeBytes { Data($0) }
        let isFound = ["", "-wal", "-shm"].contains {
            (FileManager.default.contents(atPath: path + $0) ?? Data()).range(of: secret) != nil
        }
        #expect(isFound == !isSealed)
        #expect(try await customers.activations.state(of: id).order.record.sent?.serial.rawValue == "4711")
        try await customers.activations.cancel(id)
        #expect(try await customers.activations.state(of: id).order.record.sent == nil, "an order that is over needs it no more")
    }

    @Test func `hashes of passwords and codes and the names of devices are sealed`() async throws {
        let store = try open(old)
        try await fill(store)
        #expect(isInTheClear == [false, false])
        #expect(try await isWhole(store))
    }

    @Test func `without keys they are there to be read, and sealed when there are keys`() async throws {
        do {
            let store = try open()
            try await fill(store)
            #expect(isInTheClear == [true, true])
        }
        let store = try open(new)
        #expect(isInTheClear == [false, false])
        #expect(try await isWhole(store))
    }

    /// Makes the store one of the version that sealed the keys of devices alone.
    private func age() throws {
        let keys = try StoreKeys([old])
        let queue = try DatabaseQueue(path: path)
        try queue.write { database in
            let triggers = try String.fetchAll(
                database, sql: "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND name LIKE '%_is_sealed'")
            #expect(triggers.count == 6)
            for trigger in triggers { try database.execute(sql: "DROP TRIGGER \(trigger)") }
            let secrets = StoredSecrets(protection: keys)
            for row in try Row.fetchAll(database, sql: "SELECT id, subscriber, device, life FROM enrolment") {
                let place = SecretPlace(
                    .life, of: EnrolmentID(rawValue: row[0]), subscriber: try SubscriberID(row[1] as String), device: row[2])
                try database.execute(
                    sql: "UPDATE enrolment SET life = ? WHERE id = ?", arguments: [secrets.open(row[3], at: place), row[0] as String])
            }
            for row in try Row.fetchAll(database, sql: "SELECT id, record FROM subscriber") {
                let place = SecretPlace(.subscriber, subscriber: try SubscriberID(row[0] as String))
                try database.execute(
                    sql: "UPDATE subscriber SET record = ? WHERE id = ?", arguments: [secrets.open(row[1], at: place), row[0] as String])
            }
            for row in try Row.fetchAll(database, sql: "SELECT id, subscriber, record FROM device_order") {
                let place = SecretPlace(.order, of: EnrolmentID(rawValue: row[0]), subscriber: try SubscriberID(row[1] as String))
                try database.execute(
                    sql: "UPDATE device_order SET record = ? WHERE id = ?", arguments: [secrets.open(row[2], at: place), row[0] as String])
            }
            for column in ["scope", "rewritten"] { try database.execute(sql: "ALTER TABLE protection DROP COLUMN \(column)") }
            try database.execute(sql: "DELETE FROM grdb_migrations WHERE identifier LIKE '6:%' OR identifier LIKE '7:%'")
        }
        try queue.close()
    }

    @Test func `a store that sealed the keys of devices alone is sealed whole when it is opened`() async throws {
        try await fill(open(old))
        try age()
        #expect(isInTheClear == [true, true])
        let store = try open(new, old)
        #expect(isInTheClear == [false, false])
        #expect(try await isWhole(store))
        let sealings = try await AuditLog(store: store).rows().filter { $0.detail.hasPrefix("secrets sealed") }
        // Two devices, one person, one order; the helper device of the password is one of the two.
        #expect(sealings.map(\.detail).last == "secrets sealed 4, key \(StoreKeys.name(of: new))")
        #expect(try await AuditLog(store: store).check(keys: []).isIntact)
        // The keys of devices are where they were, and under the key that they were under.
        #expect(throws: StoreError.unknownKey(StoreKeys.name(of: old))) { try open(new) }
    }

    @Test func `a device's key that lies in the clear in such a store is not sealed as if it were genuine`() async throws {
        try await fill(open(old))
        try age()
        try await DatabaseQueue(path: path).write {
            try $0.execute(sql: "DROP TRIGGER secrets_stay_sealed")
            try $0.execute(sql: "UPDATE enrolment SET credential = ?", arguments: [Data("{}".utf8)])
        }
        let store = try open(old)
        await #expect(throws: StoreError.damaged("a secret is not sealed")) {
            try await store.read { [alice = try SubscriberID("alice")] (reader) throws(StoreError) in
                try reader.enrolments(of: alice)
            }
        }
    }

    @Test func `a changed key takes all of it along`() async throws {
        try await fill(open(old))
        let store = try open(new, old)
        // Two keys and two lives of devices, one person, one order.
        #expect(try await store.rotateKeys() == 6)
        #expect(try await store.rotateKeys() == 0)
        #expect(try await isWhole(open(new)))
    }

    @Test(arguments: ["enrolment SET life", "subscriber SET record", "device_order SET record"])
    func `what is in the clear is refused by the tables`(change: String) async throws {
        try await fill(open(old))
        let intruder = try DatabaseQueue(path: path)
        #expect(throws: DatabaseError.self) {
            try intruder.write { try $0.execute(sql: "UPDATE \(change) = ?", arguments: [Data("{}".utf8)]) }
        }
    }

    @Test func `a record that was moved to another person is not believed`() async throws {
        let store = try open(old)
        try await fill(store)
        let bob = try SubscriberID("bob")
        try await store.write { (transaction) throws(StoreError) in try transaction.insert(Subscriber(id: bob)) }
        try await DatabaseQueue(path: path).write {
            try $0.execute(sql: "UPDATE subscriber SET record = (SELECT record FROM subscriber WHERE id = 'alice') WHERE id = 'bob'")
        }
        await #expect(throws: StoreError.damaged("a sealed secret was changed, or is of another place")) {
            try await store.read { (reader) throws(StoreError) in try reader.subscriber(bob) }
        }
    }
}
