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
        case session(PostgreSQLNode)
        #endif
    }

    /// How often it is looked whether the session that holds it is still there.
    private static let period = Duration.seconds(5)

    private let name: String
    private let hold: Hold
    private let logger: Logger

    private init(_ name: String, _ hold: Hold, logger: Logger) {
        (self.name, self.hold, self.logger) = (name, hold, logger)
    }

    /// Takes the name over the store at this place.
    ///
    /// - Throws: ``ServeConfigurationError`` when another daemon has it; ``Verification/StoreError``.
    static func take(_ name: String, over place: StorePlace, logger: Logger) async throws -> NodeName {
        #if PostgreSQL
        if let address = place.address {
            // The server may need a moment to see that the one before was killed.
            for _ in 0..<4 {
                if let node = try await PostgreSQLNode.take(name, at: address) { return NodeName(name, .session(node), logger: logger) }
                try await Task.sleep(for: .milliseconds(500))
            }
            throw taken(name)
        }
        #endif
        switch try SQLiteNode.take(name, beside: place.text) {
        case .held(let node): return NodeName(name, .file(node), logger: logger)
        case .taken(let process): throw taken(name, by: process)
        }
    }

    /// Stands by the name until the service ends.
    ///
    /// - Throws: ``ServeConfigurationError`` when another daemon took it while the database was out of reach.
    func run() async throws {
        try await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: Self.period)) != nil {
                do throws(StoreError) {
                    guard try await self.isHeld() else { throw .conflict("the node's name is taken") }
                } catch {
                    if case .conflict = error { throw Self.taken(self.name) }
                    self.logger.warning("the node's name cannot be looked after", metadata: ["reason": "\(error)"])
                }
            }
        }
    }

    private func isHeld() async throws(StoreError) -> Bool {
        switch hold {
        case .file: return true
        #if PostgreSQL
        case .session(let node): return try await node.isHeld()
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
