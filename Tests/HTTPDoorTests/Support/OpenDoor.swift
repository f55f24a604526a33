import CoreMetrics
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import Testing

@testable import HTTPDoor

/// A door with a few routes, open for as long as a test needs it.
struct OpenDoor {
    let address: DoorAddress
    let calls: Calls
    let services: ServiceGroup

    /// Opens a door, lends it to `body`, and shuts it down.
    static func at<R>(
        _ place: DoorPlace, limits: DoorLimits = DoorLimits(), logger: Logger = .silent, calls: Calls = Calls(),
        routes: Router<DoorContext>? = nil, metrics: any MetricsFactory = NOOPMetricsHandler.instance,
        credentials: @escaping PeerCredentials.Reader = PeerCredentials.read,
        _ body: (OpenDoor) async throws -> R
    ) async throws -> R {
        let (addresses, told) = AsyncStream.makeStream(of: DoorAddress.self)
        let door = Door(
            routes ?? calls.routes(), at: place, limits: limits,
            bodies: [BodyRule("/v1/pictures/:id", takes: ["image/png", "application/octet-stream"], upTo: 4 << 20)], logger: logger,
            metrics: metrics, credentials: credentials
        ) { told.yield($0) }
        let services = ServiceGroup(services: [door], gracefulShutdownSignals: [], logger: .silent)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { told.finish() }
                try await services.run()
            }
            var iterator = addresses.makeAsyncIterator()
            guard let address = await iterator.next() else {
                try await group.next()
                throw DoorNeverOpened()
            }
            let result: R
            do { result = try await body(OpenDoor(address: address, calls: calls, services: services)) } catch {
                group.cancelAll()
                throw error
            }
            await services.triggerGracefulShutdown()
            try await group.waitForAll()
            return result
        }
    }

    /// Opens a door at a socket in a folder of its own.
    static func atSocket<R>(
        limits: DoorLimits = DoorLimits(), roles: Set<Role> = [.observer], logger: Logger = .silent, calls: Calls = Calls(),
        routes: Router<DoorContext>? = nil, metrics: any MetricsFactory = NOOPMetricsHandler.instance,
        credentials: @escaping PeerCredentials.Reader = PeerCredentials.read,
        _ body: (OpenDoor) async throws -> R
    ) async throws -> R {
        try await TemporaryFolder.lend { folder in
            let place = UnixPlace(folder + "/door.sock", roles: [geteuid(): roles])
            return try await at(
                .unix(place), limits: limits, logger: logger, calls: calls, routes: routes, metrics: metrics, credentials: credentials, body
            )
        }
    }
}

struct DoorNeverOpened: Error {}

/// A folder that only this user can enter.
enum TemporaryFolder {
    static func lend<R>(_ body: (String) async throws -> R) async throws -> R {
        let folder = FileManager.default.temporaryDirectory.appending(path: "door-\(UUID().uuidString.prefix(8))").path
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try await body(folder)
    }
}

extension Logger {
    /// Says nothing.
    static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}
