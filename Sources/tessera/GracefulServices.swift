import Logging
import ServiceLifecycle

/// Services that live until the task is cancelled, and then let what is in flight end.
struct GracefulServices {
    private let group: ServiceGroup

    init(_ services: [any Service], logger: Logger) {
        group = ServiceGroup(configuration: .init(services: services, logger: logger))
    }

    /// Runs all; the first that fails ends the others.
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
