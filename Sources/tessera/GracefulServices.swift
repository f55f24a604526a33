import Logging
import ServiceLifecycle

/// Services that live until the task is cancelled, and then let what is in flight end.
struct GracefulServices {
    private let group: ServiceGroup

    /// - Parameters:
    ///   - services: the last ends first.
    ///   - condition: what all others rest on: it ends last, and when it fails nothing may go on, not even what is in flight.
    init(_ services: [any Service], while condition: (any Service)? = nil, logger: Logger) {
        var configurations = services.map { service in
            ServiceGroupConfiguration.ServiceConfiguration(
                service: Lasting(service: service), failureTerminationBehavior: .gracefullyShutdownGroup, serviceName: service.typeName)
        }
        if let condition { configurations.insert(.init(service: condition, serviceName: condition.typeName), at: 0) }
        group = ServiceGroup(configuration: .init(services: configurations, logger: logger))
    }

    /// Runs all; when one fails, or ends by itself, the others end as they do when the task is cancelled.
    ///
    /// - Throws: what the first threw that failed.
    func run() async throws {
        // Not a child: cancelling it would cut requests short, where a shutdown lets them end.
        let serving = Task { try await group.run() }
        try await withTaskCancellationHandler {
            try await serving.value
        } onCancel: {
            Task { await group.triggerGracefulShutdown() }
        }
    }
}

/// A service whose end is a failure unless it was told to end.
struct Lasting: Service {
    let service: any Service

    func run() async throws {
        try await service.run()
        guard Task.isShuttingDownGracefully || Task.isCancelled else {
            throw ServiceGroupError.serviceFinishedUnexpectedly(service: service.typeName)
        }
    }
}

extension Service {
    /// What the library's log calls it; by itself it would write down all that a service holds.
    var typeName: String { "\(type(of: self))" }
}
