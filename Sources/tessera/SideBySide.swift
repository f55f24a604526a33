import ServiceLifecycle

/// Services that begin and end together: the doors of one daemon, whose time to close is one and not the sum.
struct SideBySide: Service {
    let services: [any Service]

    /// Runs all until the last has ended; the first that fails ends the others.
    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for service in services { group.addTask { try await service.run() } }
            while try await group.next() != nil {}
        }
    }
}
