public import CoreMetrics
import Synchronization

/// Metrics of this process, written out as Prometheus reads them (text exposition format, version 0.0.4).
///
/// Handed to whatever counts as its `MetricsFactory`, and to the route `/metrics`. Counters stay counters, meters and
/// recorders that do not aggregate become gauges, timers and the other recorders become summaries of count and sum;
/// timers are in seconds.
public final class PrometheusMetrics: MetricsFactory {
    private let families = Mutex<[String: MetricFamily]>([:])
    /// What was made before, by what it was asked for with: writing a name costs more than counting.
    private let known = Mutex<[SampleKey: MetricSample]>([:])

    private struct SampleKey: Hashable {
        let kind: MetricFamily.Kind
        let label: String
        /// Names and values, one behind the other.
        let dimensions: [String]
    }

    /// Metrics, of which there are none yet.
    public init() {}

    /// What `Content-Type` says of ``exposition()``.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// Every metric, ordered by name and labels.
    public func exposition() -> String {
        let families = families.withLock { $0 }
        return families.sorted { $0.key < $1.key }.map { $0.value.exposition(named: $0.key) }.joined()
    }

    /// A counter, the same for the same label and dimensions.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler { sample(.counter, label, dimensions) }

    /// A counter of fractions.
    public func makeFloatingPointCounter(label: String, dimensions: [(String, String)]) -> any FloatingPointCounterHandler {
        sample(.counter, label, dimensions)
    }

    /// A value that goes up and down.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler { sample(.gauge, label, dimensions) }

    /// A summary, or where nothing is to be aggregated the value recorded last.
    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        sample(aggregate ? .summary : .gauge, label, dimensions)
    }

    /// A summary in seconds.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        sample(.summary, label.hasSuffix("_seconds") ? label : label + "_seconds", dimensions)
    }

    /// Nothing: what was counted stays in the exposition, since counters do not go away and come back.
    public func destroyCounter(_ handler: any CounterHandler) {}

    /// Nothing, as for counters.
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}

    /// Nothing, as for counters.
    public func destroyMeter(_ handler: any MeterHandler) {}

    /// Nothing, as for counters.
    public func destroyRecorder(_ handler: any RecorderHandler) {}

    /// Nothing, as for counters.
    public func destroyTimer(_ handler: any TimerHandler) {}

    /// The one sample of a name and labels.
    ///
    /// One whose name has another kind already is counted and not shown.
    private func sample(_ kind: MetricFamily.Kind, _ label: String, _ dimensions: [(String, String)]) -> MetricSample {
        let key = SampleKey(kind: kind, label: label, dimensions: dimensions.flatMap { [$0.0, $0.1] })
        if let sample = known.withLock({ $0[key] }) { return sample }
        let sample = shown(kind, label, dimensions)
        return known.withLock { known in
            // Whoever came first at the same time has the same, or one that is not shown either.
            if let first = known[key] { return first }
            known[key] = sample
            return sample
        }
    }

    private func shown(_ kind: MetricFamily.Kind, _ label: String, _ dimensions: [(String, String)]) -> MetricSample {
        let name = MetricFamily.name(label) + (kind == .counter && !label.hasSuffix("_total") ? "_total" : "")
        let labels = MetricFamily.labels(dimensions)
        return families.withLock { families in
            var family = families[name] ?? MetricFamily(kind: kind)
            guard family.kind == kind else { return MetricSample() }
            if let sample = family.samples[labels] { return sample }
            let sample = MetricSample(isLast: kind == .gauge)
            family.samples[labels] = sample
            families[name] = family
            return sample
        }
    }
}
