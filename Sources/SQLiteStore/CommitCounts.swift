import CoreMetrics

/// How many commits there were, and how many callers shared each: what group commit is worth shows in their quotient.
struct CommitCounts: Sendable {
    private let groups: Counter
    private let writes: Counter

    /// Counters of what the process was bootstrapped with.
    init(_ metrics: any MetricsFactory = MetricsSystem.factory) {
        groups = Counter(label: "tessera_commit_groups", dimensions: [], factory: metrics)
        writes = Counter(label: "tessera_commit_writes", dimensions: [], factory: metrics)
    }

    /// Counts one group with so many callers.
    func add(_ callers: Int) {
        groups.increment()
        writes.increment(by: callers)
    }
}
