import CoreMetrics
import Foundation
import PostgreSQLStore
import SQLiteStore
import Verification

/// Where a person says that a store is: a file, or the address of a database.
struct StorePlace {
    let text: String
    private let isAddress: Bool

    /// A database's address; `nil` for a file.
    var address: String? { isAddress ? text : nil }

    /// - Throws: ``Failure`` for an address with a password, and for any where the program was built without PostgreSQL.
    init(_ text: String) throws(Failure) {
        self.text = text
        isAddress = text.hasPrefix("postgresql://") || text.hasPrefix("postgres://")
        guard isAddress else { return }
        guard !Self.showsPassword(text) else {
            throw Failure(
                "the address holds a password, which every user of this machine could read",
                hint: "leave it out, and put it into ~/.pgpass, or into a file that PGPASSFILE names", exit: .usage)
        }
        #if !PostgreSQL
        throw Failure(
            "this program was built without PostgreSQL", hint: "install libpq-dev, then: swift build --traits PostgreSQL", exit: .usage)
        #endif
    }

    /// Reads the address as libpq does: user and password end at the first `@` before any `/`, and a `?` between them is theirs.
    private static func showsPassword(_ address: String) -> Bool {
        var rest = address.drop { $0 != "/" }.dropFirst(2)
        if let at = rest.prefix(while: { $0 != "/" }).firstIndex(of: "@") {
            if rest[..<at].contains(":") { return true }
            rest = rest[at...]
        }
        return rest.drop { $0 != "?" }.dropFirst().split(separator: "&").contains { parameter in
            let keyword = String(parameter.prefix { $0 != "=" })
            return ["password", "sslpassword"].contains(keyword.removingPercentEncoding ?? keyword)
        }
    }

    /// Opens the store, or makes it.
    ///
    /// - Parameters:
    ///   - node: the name that this process, a daemon then, holds over a database as long as the store is open.
    ///   - metrics: takes how many commits there were in a file.
    func open(
        mark: StoreMark, protection: StoreKeys?, node: String? = nil, metrics: any MetricsFactory = MetricsSystem.factory
    ) async throws(StoreError) -> any Store {
        #if PostgreSQL
        if isAddress {
            return try await PostgreSQLStore.open(
                at: text, mark: mark, protection: protection, node: node, limits: PostgreSQLLimits(of: node))
        }
        #endif
        return try SQLiteStore(at: text, mark: mark, protection: protection, metrics: metrics)
    }

    /// Looks whether a store that exists could be opened so, and leaves it as it is.
    func look(mark: StoreMark, protection: StoreKeys?) async throws(StoreError) -> StoreOpening {
        #if PostgreSQL
        if isAddress { return try await PostgreSQLStore.look(at: text, mark: mark, protection: protection, limits: .atTerminal) }
        #endif
        return try SQLiteStore.look(at: text, mark: mark, protection: protection)
    }

    /// Opens a store that exists for its audit log, and for what is sealed in it where there are keys.
    func openForAudit(isReadOnly: Bool, protection: StoreKeys? = nil) async throws(StoreError) -> any Store {
        #if PostgreSQL
        if isAddress {
            return try await PostgreSQLStore.open(auditing: text, isReadOnly: isReadOnly, protection: protection, limits: .atTerminal)
        }
        #endif
        return try SQLiteStore(auditing: text, isReadOnly: isReadOnly, protection: protection)
    }

    /// Whether something is there; of an address nobody knows before it is opened.
    var isThere: Bool { isAddress || FileManager.default.fileExists(atPath: text) }

    /// Refuses a file that is not there, for a command that is to make none; what an address names is asked when it is opened.
    func requireExisting() throws(StoreError) {
        if !isAddress { _ = try SQLiteStore.mark(of: text) }
    }

    /// Seals all secrets under the present key anew.
    ///
    /// - Returns: how many, and whether others lay in the clear until now, which nobody counts: opening the store seals them.
    func rotateKeys(_ protection: StoreKeys, progress: (Int) -> Void) async throws(StoreError) -> (count: Int, hadClear: Bool) {
        let mark = try await mark()
        let hadClear = try await look(mark: mark, protection: protection) == .seals
        #if PostgreSQL
        if isAddress {
            let store = try await PostgreSQLStore.open(at: text, mark: mark, protection: protection)
            return (try await store.rotateKeys(progress: progress), hadClear)
        }
        #endif
        return (try await SQLiteStore(at: text, mark: mark, protection: protection).rotateKeys(progress: progress), hadClear)
    }

    /// What a store that is there was made for.
    private func mark() async throws(StoreError) -> StoreMark {
        #if PostgreSQL
        if isAddress { return try await PostgreSQLStore.mark(of: text, limits: .atTerminal) }
        #endif
        return try SQLiteStore.mark(of: text)
    }
}

#if PostgreSQL
extension PostgreSQLLimits {
    /// Those of a daemon with this name, which sees the restart of a server through; `nil` for a command.
    init(of node: String?) {
        self.init()
        // A person who waits would rather hear soon that nothing is there.
        if node == nil { recovery = .seconds(2) }
    }

    fileprivate static var atTerminal: PostgreSQLLimits { PostgreSQLLimits(of: nil) }
}
#endif
