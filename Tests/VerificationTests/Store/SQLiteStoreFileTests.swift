import Crypto
import Foundation
import GRDB
import TestSupport
import Testing
import Verification

@testable import SQLiteStore

/// The store's file: whose it is, and what happens where it cannot be.
struct SQLiteStoreFileTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path("store.sqlite")
    }

    private func make(_ contents: Data) throws {
        try contents.write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    }

    @Test func `the files are for their owner alone`() async throws {
        let nested = folder.path("new/folder/store.sqlite")
        let store = try SQLiteStore(at: nested, mark: .test)
        let one = try enrolment()
        try await store.insert(one)
        func mode(_ path: String) throws -> Int? {
            (try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber)?.intValue
        }
        for suffix in ["", "-wal", "-shm", "-lock"] { #expect(try mode(nested + suffix) == 0o600, "\(suffix)") }
        #expect(try mode(folder.path("new/folder")) == 0o700)
        #expect(try mode(folder.path("new")) == 0o700)
    }

    @Test func `a file that was moved away or replaced is noticed, and nothing is acknowledged`() async throws {
        let store = try SQLiteStore(at: path, mark: .test)
        let other = folder.path("elsewhere.sqlite")
        func fails() async -> Bool {
            var found: [StoreError] = []
            do throws(StoreError) {
                try await store.write { (transaction) throws(StoreError) in try transaction.countStranger() }
            } catch { found.append(error) }
            do throws(StoreError) { _ = try await store.read { (reader) throws(StoreError) in try reader.strangers() } } catch {
                found.append(error)
            }
            return found.count == 2
                && found.allSatisfy { if case .unavailable(let text) = $0 { text.contains("was moved") } else { false } }
        }
        try FileManager.default.moveItem(atPath: path, toPath: other)
        #expect(await fails())
        try make(Data("another file".utf8))
        #expect(await fails())
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.moveItem(atPath: other, toPath: path)
        try await store.write { (transaction) throws(StoreError) in try transaction.countStranger() }
        #expect(try await store.read { (reader) throws(StoreError) in try reader.strangers() } == 1)
    }

    @Test func `a full disk is remembered until something is stored`() async throws {
        let store = try SQLiteStore(at: path, mark: .test)
        #expect(store.trouble == nil)
        try await store.database.writeWithoutTransaction { database in
            let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
            try database.execute(sql: "PRAGMA max_page_count = \(pages)")
        }
        let rows = (0..<200).map {
            AuditEvent(.refused, at: Date(timeIntervalSince1970: 0), detail: "\($0) " + String(repeating: "x", count: 200))
        }
        await #expect(throws: StoreError.full) {
            try await store.write { (transaction) throws(StoreError) in for row in rows { try transaction.append(row) } }
        }
        #expect(store.trouble == .full)
        try await store.database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA max_page_count = 1000000") }
        try await store.write { (transaction) throws(StoreError) in for row in rows { try transaction.append(row) } }
        #expect(store.trouble == nil)
    }

    @Test(arguments: [0o644, 0o640, 0o602, 0o660])
    func `a store that others can open is refused, and not repaired in silence`(_ mode: Int) throws {
        _ = try SQLiteStore(at: path, mark: .test)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        #expect(throws: StoreError.exposed(path: path)) { try SQLiteStore(at: path, mark: .test) }
        #expect(StoreError.exposed(path: path).hint.contains("chmod 600"))
    }

    @Test(arguments: [
        "short notes", "not a database, but the notes of somebody, long enough to fill a header of a hundred bytes and more",
    ])
    func `a file that is no database is no store, and is left alone`(_ notes: String) throws {
        let text = Data(notes.utf8)
        try make(text)
        #expect(throws: StoreError.foreign("the file is no database")) { try SQLiteStore(at: path, mark: .test) }
        #expect(FileManager.default.contents(atPath: path) == text)
        // As most notes are; changing their mode would not make them a store.
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        #expect(throws: StoreError.foreign("the file is no database")) { try SQLiteStore(at: path, mark: .test) }
        let told = StoreError.foreign("the file is no database")
        #expect(told.description == "this is no store of Tessera: the file is no database" && told.hint.hasPrefix("name another file"))
    }

    @Test(arguments: [1, 16, 99, 100, 5000])
    func `a file that was half written is refused and left alone`(_ count: Int) async throws {
        try await SQLiteStore(at: path, mark: .test).read { (reader) throws(StoreError) in _ = try reader.strangers() }
        let half = try Data(contentsOf: URL(filePath: path)).prefix(count)
        let other = folder.path("half.sqlite")
        try half.write(to: URL(filePath: other))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: other)
        do throws(StoreError) {
            _ = try SQLiteStore(at: other, mark: .test)
            Issue.record("opened")
        } catch {
            guard case .damaged = error else {
                Issue.record("\(error)")
                return
            }
        }
        #expect(FileManager.default.contents(atPath: other) == half)
    }

    @Test func `a pipe, a folder and a device are no files, and nobody waits for them or is told to change their mode`() throws {
        #expect(mkfifo(path, 0o600) == 0)
        for name in [path, folder.url.path, "/dev/null", "/dev/full"] {
            let refusal = StoreError.unavailable("\"\(name)\" is not a file")
            #expect(throws: refusal) { try SQLiteStore(at: name, mark: .test) }
            #expect(throws: refusal) { try SQLiteStore(at: name, mark: .production) }
            #expect(throws: refusal) { try SQLiteStore(auditing: name, isReadOnly: true) }
            #expect(throws: refusal) { try SQLiteStore.mark(of: name) }
        }
        #expect(throws: StoreError.unavailable("the file has no name")) { try SQLiteStore(at: "", mark: .test) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["store.sqlite"])
    }

    @Test func `names that mean something else to SQLite are names of files`() throws {
        for name in [":memory:", "file:store?mode=memory"] {
            _ = try SQLiteStore(at: folder.path(name), mark: .test)
            #expect(try SQLiteStore.mark(of: folder.path(name)) == .test)
        }
    }

    @Test func `a link is the file behind it, with the same lock`() throws {
        _ = try SQLiteStore(at: path, mark: .test)
        let link = folder.path("link.sqlite")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        _ = try SQLiteStore(at: link, mark: .test)
        #expect(!FileManager.default.fileExists(atPath: link + "-lock"))
    }

    /// Whether another process is kept from having the file for itself, as it would to throw the log away; `SHARED_FIRST` and
    /// `SHARED_SIZE` in SQLite's os.h.
    private func isHeld() async throws -> Bool {
        let script = """
            import fcntl, sys
            try: fcntl.lockf(open(sys.argv[1], "r+b"), fcntl.LOCK_EX | fcntl.LOCK_NB, 510, 0x40000002)
            except BlockingIOError: print("held")
            """
        let outcome = try await ChildProgram.run("python3", ["-c", script, path])
        try #require(outcome.status == 0, "\(outcome.complaints)")
        return outcome.text == "held\n"
    }

    @Test func `a store keeps its lock when its process opens the file again, looks at it, and lets it go`() async throws {
        let store = try SQLiteStore(at: path, mark: .test)
        try await store.write { (transaction) throws(StoreError) in try transaction.countStranger() }
        #expect(try await isHeld())
        #expect(try SQLiteStore.look(at: path, mark: .test, protection: nil) == .asItIs)
        #expect(try await isHeld())
        #expect(try SQLiteStore.mark(of: path) == .test)
        _ = try SQLiteStore(auditing: path, isReadOnly: true)
        #expect(try await isHeld())
        _ = try SQLiteStore(at: path, mark: .test)
        #expect(try await isHeld())
        #expect(try await store.read { (reader) throws(StoreError) in try reader.strangers() } == 1)
    }

    @Test func `a file is taken as long as somebody has it open, and by nobody afterwards`() async throws {
        func isTaken() throws(StoreError) -> Bool? {
            var found: Bool?
            _ = try OpenFile.take(path) { (_, isTaken) throws(StoreError) in found = isTaken }
            return found
        }
        #expect(try isTaken() == nil)
        do {
            let store = try SQLiteStore(at: path, mark: .test)
            do {
                let log = try SQLiteStore(auditing: path, isReadOnly: true)
                #expect(try isTaken() == true)
                _ = try await log.read { (reader) throws(StoreError) in try reader.strangers() }
            }
            #expect(try isTaken() == true)
            #expect(try await store.read { (reader) throws(StoreError) in try reader.strangers() } == 0)
        }
        #expect(await eventually { (try? isTaken()) == false })
    }

    @Test func `an empty file is no log that could be checked`() throws {
        try make(Data())
        #expect(throws: StoreError.foreign("the file is empty")) { try SQLiteStore(auditing: path, isReadOnly: true) }
    }

    @Test func `a store that was emptied is not begun anew, and one that is gone or was never opened is`() throws {
        // Whoever was killed while making one leaves this.
        try make(Data())
        try Data().write(to: URL(filePath: path + "-lock"))
        #expect(try SQLiteStore.look(at: path, mark: .test, protection: nil) == .creates)
        _ = try SQLiteStore(at: path, mark: .test)
        try make(Data())
        for name in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + name) }
        for open in [{ _ = try SQLiteStore(at: $0, mark: .test) }, { _ = try SQLiteStore.look(at: $0, mark: .test, protection: nil) }]
            as [(String) throws -> Void]
        {
            let error = #expect(throws: StoreError.self) { try open(path) }
            #expect(error?.description.contains("its file is empty") == true, "\(error.map { "\($0)" } ?? "nothing")")
        }
        #expect(try Data(contentsOf: URL(filePath: path)).isEmpty)
        try FileManager.default.removeItem(atPath: path)
        _ = try SQLiteStore(at: path, mark: .test)
    }

    @Test func `another program's database is refused`() throws {
        try make(Data())
        try DatabaseQueue(path: path).write { try $0.execute(sql: "CREATE TABLE recipe (name TEXT)") }
        #expect(throws: StoreError.foreign("the file is another program's database")) { try SQLiteStore(at: path, mark: .test) }
    }

    @Test func `a store that a newer version wrote is refused`() throws {
        _ = try SQLiteStore(at: path, mark: .test)
        try DatabaseQueue(path: path).write {
            try $0.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('999: from the future')")
        }
        #expect(throws: StoreError.unavailable("a newer version of the program has written it")) {
            try SQLiteStore(at: path, mark: .test)
        }
    }

    @Test func `a folder that cannot be made is named`() throws {
        try make(Data())
        #expect(throws: StoreError.unavailable("cannot make the folder \"\(path)\"")) { try SQLiteStore(at: path + "/store", mark: .test) }
    }

    @Test(arguments: ["credential = x'00'", "credential = CAST('{}' AS BLOB)", "subscriber = 'with space'", "state = 'asleep'"])
    func `a row that cannot have been written is damage, not a crash`(_ change: String) async throws {
        let store = try SQLiteStore(at: path, mark: .test)
        let one = try enrolment()
        try await store.insert(one)
        try await DatabaseQueue(path: path).write {
            try $0.execute(sql: "DROP TRIGGER device_stays_what_it_is")
            try $0.execute(sql: "UPDATE enrolment SET \(change)")
        }
        do throws(StoreError) {
            _ = try await store.read { (reader) throws(StoreError) in try reader.enrolment(one.id) }
            Issue.record("read")
        } catch {
            guard case .damaged = error else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test(arguments: ["challenge = x'3000'", "device = 'with space'", "state = 'ended', outcome = x'00'"])
    func `an operation that cannot have been written is damage, not a crash`(_ change: String) async throws {
        let store = try SQLiteStore(at: path, mark: .test)
        let one = try enrolment()
        let asked = try operation(one)
        try await store.write { (transaction) throws(StoreError) in
            try transaction.insert(one)
            try transaction.insert(asked)
        }
        try await DatabaseQueue(path: path).write { try $0.execute(sql: "UPDATE operation SET \(change), change = change + 1") }
        do throws(StoreError) {
            _ = try await store.read { (reader) throws(StoreError) in try reader.operation(asked.id) }
            Issue.record("read")
        } catch {
            guard case .damaged = error else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test func `looking at a store says what opening it would do, and does nothing`() throws {
        #expect(try SQLiteStore.look(at: path, mark: .test, protection: nil) == .creates)
        #expect(throws: StoreError.keyNeeded) { try SQLiteStore.look(at: path, mark: .production, protection: nil) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == [])
        _ = try SQLiteStore(at: path, mark: .test)
        let before = FileManager.default.contents(atPath: path)
        #expect(try SQLiteStore.look(at: path, mark: .test, protection: nil) == .asItIs)
        let keys = try StoreKeys([SymmetricKey(size: .bits256)])
        #expect(try SQLiteStore.look(at: path, mark: .test, protection: keys) == .seals)
        #expect(throws: StoreError.otherMark(.test)) { try SQLiteStore.look(at: path, mark: .production, protection: keys) }
        #expect(FileManager.default.contents(atPath: path) == before)
        try DatabaseQueue(path: path).write { try $0.execute(sql: "DELETE FROM grdb_migrations WHERE identifier LIKE '7:%'") }
        #expect(try SQLiteStore.look(at: path, mark: .test, protection: nil) == .bringsUpToDate)
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
        #expect(throws: StoreError.exposed(path: path)) { try SQLiteStore.look(at: path, mark: .test, protection: nil) }
    }
}
