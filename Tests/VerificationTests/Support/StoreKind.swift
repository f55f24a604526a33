import Foundation
import GRDB
import PostgreSQLStore
import SQLiteStore
import TestSupport
import Testing
import Verification

/// The engines that keep a store, all of which the contract holds for.
enum StoreKind: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case sqlite = "SQLite"
    #if PostgreSQL
    case postgresql = "PostgreSQL"
    #endif

    var testDescription: String { rawValue }

    /// A place where no store is yet.
    func place() async throws -> StorePlace {
        switch self {
        case .sqlite:
            let folder = try TemporaryFolder()
            return StorePlace(kind: self, address: folder.path("store"), folder: folder)
        #if PostgreSQL
        case .postgresql: return StorePlace(kind: self, address: try await PrivatePostgreSQL.shared.address(), folder: nil)
        #endif
        }
    }

    /// Opens the store of an address, or makes it.
    func open(_ address: String, mark: StoreMark = .test, protection: StoreKeys? = nil) async throws -> any Store {
        switch self {
        case .sqlite: return try SQLiteStore(at: address, mark: mark, protection: protection)
        #if PostgreSQL
        case .postgresql: return try await PostgreSQLStore.open(at: address, mark: mark, protection: protection, limits: .patient)
        #endif
        }
    }

    /// Seals all secrets of one of its stores anew.
    func rotateKeys(of store: any Store) async throws -> Int {
        switch store {
        case let store as SQLiteStore: return try await store.rotateKeys()
        #if PostgreSQL
        case let store as PostgreSQLStore: return try await store.rotateKeys()
        #endif
        default: return 0
        }
    }
}

/// Where a store is, and stays as long as this value.
struct StorePlace: Sendable {
    let kind: StoreKind
    let address: String
    /// Kept, so that it is removed with this value.
    let folder: TemporaryFolder?

    func open(mark: StoreMark = .test, protection: StoreKeys? = nil) async throws -> any Store {
        try await kind.open(address, mark: mark, protection: protection)
    }

    /// Changes tables as another program would.
    func tamper(_ sql: String) async throws {
        switch kind {
        case .sqlite: try await DatabaseQueue(path: address).write { try $0.execute(sql: sql) }
        #if PostgreSQL
        case .postgresql:
            let schema = address.split(separator: "schema=").last ?? ""
            try await PrivatePostgreSQL.shared.execute("SET search_path TO \(schema); \(sql)")
        #endif
        }
    }
}

#if PostgreSQL
extension PostgreSQLLimits {
    /// Limits that no loaded machine misses.
    static var patient: PostgreSQLLimits {
        var limits = PostgreSQLLimits()
        (limits.connect, limits.statement, limits.lock, limits.recovery) = (.seconds(30), .seconds(60), .seconds(50), .seconds(60))
        limits.readers = 2
        return limits
    }
}
#endif
