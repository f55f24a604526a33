/// Asks `condition` again and again until it holds.
///
/// For what another process does in its own time. The limit is generous and only there so that a broken test ends.
///
/// - Returns: whether it held in the end.
public func eventually(within limit: Duration = .seconds(60), _ condition: () async throws -> Bool) async rethrows -> Bool {
    let end = ContinuousClock.now.advanced(by: limit)
    while true {
        if try await condition() { return true }
        guard ContinuousClock.now < end, (try? await Task.sleep(for: .milliseconds(20))) != nil else { return false }
    }
}

extension Duration {
    /// What another process or thread gets on a loaded machine.
    public static let patient = Duration.seconds(60)
}
