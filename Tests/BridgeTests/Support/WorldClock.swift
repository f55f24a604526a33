/// The clock of a world: it runs by itself, and jumps with the world's time.
struct WorldClock: Clock {
    let world: TestWorld

    var now: ContinuousClock.Instant { .now.advanced(by: .seconds(world.moved)) }
    var minimumResolution: Duration { ContinuousClock().minimumResolution }

    func sleep(until deadline: ContinuousClock.Instant, tolerance: Duration?) async throws {
        try await ContinuousClock().sleep(until: deadline.advanced(by: .seconds(-world.moved)), tolerance: tolerance)
    }
}
