import CoreMetrics
import Foundation
import Logging
import PostgreSQLStore
import SQLiteStore
import ServiceLifecycle
import Verification

/// The name of a running daemon among those that share a store, which one of them has at a time.
///
/// After a start, what was claimed under the name is taken for lost: that is right only where nobody else goes by it.
final class NodeName: Service {
    private enum Hold {
        case file(SQLiteNode)
        #if PostgreSQL
        case session(PostgreSQLStore)
        #endif
    }

    /// How often it is looked whether the name is still held.
    private static let period = Duration.seconds(5)

    private let name: String
    private let hold: Hold
    private let logger: Logger

    private init(_ name: String, _ hold: Hold, logger: Logger) {
        (self.name, self.hold, self.logger) = (name, hold, logger)
    }

    /// Takes the name over the store that a configuration names, and opens the store.
    ///
    /// - Parameter metrics: the store's.
    /// - Throws: ``ServeConfigurationError`` when another daemon has it; ``Verification/StoreError``.
    static func opening(
        _ configuration: ServeConfiguration, metrics: any MetricsFactory, logger: Logger
    ) async throws -> (name: NodeName, store: any Store) {
        let name = configuration.node
        #if PostgreSQL
        if try StorePlace(configuration.store.place).address != nil {
            for attempt in 1... {
                do {
                    let store = try await configuration.openStore(metrics: metrics)
                    guard let database = store as? PostgreSQLStore else { break }
                    return (NodeName(name, .session(database), logger: logger), store)
                } catch StoreError.nameTaken {
                    // The server may need a moment to see that the one before was killed.
                    guard attempt < 4 else { throw taken(name) }
                    try await Task.sleep(for: .milliseconds(500))
                }
            }
        }
        #endif
        switch try SQLiteNode.take(name, beside: configuration.store.place) {
        case .held(let node): return (NodeName(name, .file(node), logger: logger), try await configuration.openStore(metrics: metrics))
        case .taken(let process): throw taken(name, by: process)
        }
    }

    /// Stands by the name until the service ends.
    ///
    /// - Throws: ``ServeConfigurationError`` when another daemon took it while the database was out of reach.
    func run() async throws {
        try await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: Self.period)) != nil {
                do throws(StoreError) { try await self.check() } catch {
                    if case .nameTaken = error { throw Self.taken(self.name) }
                    self.logger.warning("the node's name cannot be looked after", metadata: ["reason": "\(error)"])
                }
            }
        }
    }

    private func check() async throws(StoreError) {
        switch hold {
        case .file: break
        #if PostgreSQL
        // Whoever writes finds it out by himself; one who has nothing to write is to end as soon.
        case .session(let store): try await store.holdName()
        #endif
        }
    }

    private static func taken(_ name: String, by process: Int32? = nil) -> ServeConfigurationError {
        let whose = process.map { ", process \($0)" } ?? ""
        return ServeConfigurationError(
            .inUse, "node", "another daemon over this store goes by \"\(name)\"\(whose)",
            hint: "give --node a name of its own, or end the other one")
    }
}
