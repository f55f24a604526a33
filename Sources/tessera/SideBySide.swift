import Logging
import ServiceLifecycle

/// Services that begin and end together: the doors of one daemon, whose time to close is one and not the sum.
struct SideBySide: Service {
    private let groups: [ServiceGroup]

    init(_ services: [any Service], logger: Logger) {
        groups = services.map { service in
            let alone = ServiceGroupConfiguration.ServiceConfiguration(
                service: Lasting(service: service), successTerminationBehavior: .gracefullyShutdownGroup, serviceName: service.typeName)
            return ServiceGroup(configuration: ServiceGroupConfiguration(services: [alone], logger: logger))
        }
    }

    /// Runs all until the last has ended; when one fails, or ends by itself, the others are told to end, and let what is in flight end.
    ///
    /// - Throws: what the first threw that failed.
    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { running in
            for group in groups { running.addTask { try await group.run() } }
            var failure: (any Error)?
            while !running.isEmpty {
                do { try await running.next() } catch {
                    if failure == nil { failure = error }
                    for group in groups { await group.triggerGracefulShutdown() }
                }
            }
            if let failure { throw failure }
        }
    }
}
