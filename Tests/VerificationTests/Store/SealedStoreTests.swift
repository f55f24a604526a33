import Crypto
import DeviceProtocol
import Foundation
import GRDB
import StoreTables
import Testing
import Verification

@testable import SQLiteStore

/// A store whose secrets are sealed.
struct SealedStoreTests {
    private let folder: TemporaryFolder
    private let path: String
    private let old = SymmetricKey(size: .bits256)
    private let new = SymmetricKey(size: .bits256)
    /// Fits into no other file by chance.
    private let seed = Array("a seed that is found if it is there".utf8)

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path("store")
    }

    private func bank(_ keys: StoreKeys?, seed: UInt64 = 1) throws -> TestBank {
        try TestBank(store: SQLiteStore(at: path, mark: .test, protection: keys), seed: seed)
    }

    /// Everything that lies on the disk, of all files of the store.
    private func disk() -> Data {
        ["", "-wal", "-shm"].reduce(into: Data()) { $0 += (FileManager.default.contents(atPath: path + $1) ?? Data()) }
    }

    private var hasSecret: Bool {
        let disk = disk()
        return disk.range(of: Data(seed)) != nil || disk.range(of: Data(Data(seed).base64EncodedString().utf8)) != nil
    }

    /// Whether a code of the Token is accepted now.
    private func accepts(_ bank: TestBank, _ token: TestToken) async throws -> Bool {
        bank.clock.advance(by: 60)
        let operation = try await bank.begin(.login(), with: token.id)
        return try await bank.operations.submit(.code(token.code(at: bank.clock.now)), to: operation.id).name == "succeeded"
    }

    @Test func `with keys no seed is ever on the disk, and answers are checked as before, Article 23`() async throws {
        let bank = try bank(StoreKeys([old]))
        let token = try await bank.enrolToken(seed: seed)
        #expect(!hasSecret)
        let scan = try await bank.enrolScan()
        #expect(try await accepts(bank, token))
        _ = try await bank.operations.presentation(of: bank.begin(.login(), with: scan.id).id)
        #expect(!hasSecret)
        #expect(disk().range(of: Data("presharedKey".utf8)) == nil)
    }

    @Test func `without keys a test store shows them, and that is why production has none such`() async throws {
        _ = try await bank(nil).enrolToken(seed: seed)
        #expect(hasSecret)
        #expect(throws: StoreError.keyNeeded) { try SQLiteStore(at: folder.path("other"), mark: .production) }
        #expect(!FileManager.default.fileExists(atPath: folder.path("other")))
    }

    @Test func `a store that was made without keys is sealed whole when it is opened with them`() async throws {
        let token: TestToken
        do {
            let bank = try bank(nil)
            token = try await bank.enrolToken(seed: seed)
            #expect(try await accepts(bank, token))
            for number in 0..<1_100 {
                let one = try enrolment("N-\(number)", subscriber: "bob")
                try await bank.store.insert(one)
            }
            #expect(hasSecret)
        }
        let bank = try bank(StoreKeys([new]), seed: 2)
        #expect(!hasSecret)
        bank.clock.advance(by: 120)
        #expect(try await accepts(bank, token))
        let row = try await AuditLog(store: bank.store).rows().first { $0.kind == .configurationChanged }
        // A key and a life of each device.
        #expect(row?.detail == "secrets sealed 2202, key \(StoreKeys.name(of: new))")
        let bob = try SubscriberID("bob")
        #expect(
            try await bank.store.read { (reader) throws(StoreError) in try reader.enrolments(of: bob) }.map(\.device.rawValue)
                == (0..<1_100).map { "N-\($0)" })
    }

    @Test func `a file that was sealed and not yet written anew is written anew when it is next opened`() async throws {
        do { _ = try await bank(StoreKeys([old])).enrolToken() }
        // What a crash between sealing and VACUUM leaves: pages that nobody uses, with what they held.
        let queue = try DatabaseQueue(path: path)
        try await queue.writeWithoutTransaction { [seed] database in
            try database.execute(sql: "PRAGMA secure_delete = OFF; CREATE TABLE leftover (seed BLOB)")
            try database.execute(sql: "INSERT INTO leftover VALUES (?)", arguments: [Data(seed)])
            try database.execute(sql: "DROP TABLE leftover; UPDATE protection SET rewritten = 0")
        }
        try queue.close()
        #expect(hasSecret)
        _ = try bank(StoreKeys([old]), seed: 2)
        #expect(!hasSecret)
        #expect(try await DatabaseQueue(path: path).read { try Int.fetchOne($0, sql: "SELECT rewritten FROM protection") } == 1)
    }

    @Test func `a store whose tables cannot be seen is not sealed anew, and says so`() async throws {
        let store = ObservedStore(try bank(StoreKeys([old])).store)
        do throws(StoreError) {
            _ = try await SecretRotation(protection: StoreKeys([new, old])).sealAnew(in: store) { _ in }
            Issue.record("sealed")
        } catch {
            guard case .unavailable = error else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test func `a sealed store is opened with its key alone`() async throws {
        _ = try await bank(StoreKeys([old])).enrolToken()
        #expect(throws: StoreError.keyNeeded) { try SQLiteStore(at: path, mark: .test) }
        #expect(throws: StoreError.unknownKey(StoreKeys.name(of: old))) {
            try SQLiteStore(at: path, mark: .test, protection: StoreKeys([new]))
        }
    }

    @Test func `keys are changed while others work, and the old one is then needed no more`() async throws {
        let first = try bank(StoreKeys([old]))
        let token = try await first.enrolToken(seed: seed)
        for number in 0..<700 {
            let one = try enrolment("N-\(number)", subscriber: "bob")
            try await first.store.insert(one)
        }
        let store = try SQLiteStore(at: path, mark: .test, protection: StoreKeys([new, old]))
        let second = try TestBank(store: store, clock: first.clock, issuer: first.issuer, seed: 2)
        let working = Task<Int, any Error> {
            var accepted = 0
            for _ in 0..<10 where try await accepts(second, token) { accepted += 1 }
            return accepted
        }
        var told: [Int] = []
        let count = try await store.rotateKeys { told.append($0) }
        #expect(try await working.value == 10)
        #expect(count >= 700 && told.last == count && told.count >= 2)
        #expect(try await store.rotateKeys() == 0)
        let third = try TestBank(
            store: SQLiteStore(at: path, mark: .test, protection: StoreKeys([new])), clock: first.clock, issuer: first.issuer, seed: 3)
        #expect(try await accepts(third, token))
        // Who has the old key alone is told which one is missing.
        #expect(throws: StoreError.unknownKey(StoreKeys.name(of: new))) {
            try SQLiteStore(at: path, mark: .test, protection: StoreKeys([old]))
        }
        #expect(try await AuditLog(store: store).check(keys: []).isIntact)
    }

    @Test func `a secret in the clear is refused by the tables, and not believed where it is`() async throws {
        let bank = try bank(StoreKeys([old]))
        let token = try await bank.enrolToken()
        let intruder = try DatabaseQueue(path: path)
        let plain = Data(#"{"timedCode":{"_0":{"drift":0,"key":"MTIzNDU2Nzg5MDEyMzQ1Njc4OTA="}}}"#.utf8)
        #expect(throws: DatabaseError.self) {
            try intruder.write { try $0.execute(sql: "UPDATE enrolment SET credential = ?", arguments: [plain]) }
        }
        try await intruder.write {
            try $0.execute(sql: "DROP TRIGGER secrets_stay_sealed")
            try $0.execute(sql: "UPDATE enrolment SET credential = ?", arguments: [plain])
        }
        await #expect(throws: StoreError.damaged("a secret is not sealed")) {
            try await bank.store.read { (reader) throws(StoreError) in try reader.enrolment(of: token.id) }
        }
    }

    @Test func `secrets that changed places are not believed`() async throws {
        let bank = try bank(StoreKeys([old]))
        _ = try await bank.enrolToken("T-1")
        let second = try await bank.enrolToken("T-2", seed: seed)
        try await DatabaseQueue(path: path).write {
            try $0.execute(
                sql: "UPDATE enrolment SET credential = (SELECT credential FROM enrolment WHERE device = 'T-1') WHERE device = 'T-2'")
        }
        await #expect(throws: StoreError.damaged("a sealed secret was changed, or is of another place")) {
            try await bank.store.read { (reader) throws(StoreError) in try reader.enrolment(of: second.id) }
        }
    }
}
