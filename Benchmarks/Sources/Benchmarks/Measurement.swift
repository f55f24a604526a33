/// How often a workload is measured, and for how long.
struct Measurement {
    /// Odd, so that the median is a round that took place.
    var rounds = 7
    /// How long one round is to last, in seconds.
    var roundLength = 0.4

    /// Measures two workloads in turns, so that a machine that is busy for a while is busy for both.
    func compare(_ ours: any Workload, with peer: any Workload) async throws -> Comparison {
        let ourCount = try await warmUp(ours)
        let peerCount = try await warmUp(peer)
        var rates: (ours: [Double], peer: [Double]) = ([], [])
        for _ in 0..<rounds {
            rates.ours.append(Double(ourCount) / (try await seconds(ours, ourCount)))
            rates.peer.append(Double(peerCount) / (try await seconds(peer, peerCount)))
        }
        return Comparison(
            ours: Sample(rates.ours), peer: Sample(rates.peer), ratio: Sample(zip(rates.ours, rates.peer).map { $0 / $1 }))
    }

    /// Runs a workload until caches and clocks are warm, and finds how often it fits into a round.
    private func warmUp(_ workload: any Workload) async throws -> Int {
        var count = 1
        while true {
            let elapsed = max(try await seconds(workload, count), 1e-9)
            let fitting = Double(count) * roundLength / elapsed
            if elapsed >= roundLength / 2 { return max(1, Int(fitting)) }
            count = max(count + 1, Int(min(fitting, Double(count) * 10)))
        }
    }

    private func seconds(_ workload: any Workload, _ count: Int) async throws -> Double {
        try await workload.prepare(count)
        let clock = ContinuousClock()
        let start = clock.now
        try await workload.run(count)
        return (clock.now - start) / .seconds(1)
    }
}

/// Two rates from the same minutes of the same machine.
struct Comparison {
    /// A second, ours.
    let ours: Sample
    /// A second, the peer's.
    let peer: Sample
    /// Ours divided by the peer's, round by round.
    let ratio: Sample
}

/// One figure, measured several times.
struct Sample {
    /// The figure in the middle.
    let median: Double
    /// Half the distance between the least and the greatest, as a part of the median.
    let spread: Double

    init(_ figures: [Double]) {
        let sorted = figures.sorted()
        median = sorted.isEmpty ? 0 : sorted[sorted.count / 2]
        spread = ((sorted.last ?? 0) - (sorted.first ?? 0)) / 2 / max(median, .leastNormalMagnitude)
    }
}
