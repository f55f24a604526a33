import CoreMetrics
import Synchronization

/// All samples of one name.
struct MetricFamily: Sendable {
    enum Kind: String, Sendable { case counter, gauge, summary }

    let kind: Kind
    /// By their labels as they are written.
    var samples: [String: MetricSample] = [:]

    init(kind: Kind) { self.kind = kind }

    /// The lines of this family.
    func exposition(named name: String) -> String {
        var text = "# TYPE \(name) \(kind.rawValue)\n"
        for (labels, sample) in samples.sorted(by: { $0.key < $1.key }) {
            let (value, count) = sample.reading
            switch kind {
            case .counter, .gauge: text += "\(name)\(labels) \(Self.number(value))\n"
            case .summary: text += "\(name)_sum\(labels) \(Self.number(value))\n\(name)_count\(labels) \(count)\n"
            }
        }
        return text
    }

    /// A name of `[a-zA-Z_:][a-zA-Z0-9_:]*`; other characters become underscores.
    static func name(_ label: String) -> String {
        let name = String(String.UnicodeScalarView(label.unicodeScalars.map { isNameScalar($0) ? $0 : "_" }))
        guard let first = name.unicodeScalars.first, !("0"..."9").contains(first) else { return "_" + name }
        return name
    }

    /// The labels as they are written, ordered by name; nothing for none.
    ///
    /// Of two with the same name the last one counts.
    static func labels(_ dimensions: [(String, String)]) -> String {
        guard !dimensions.isEmpty else { return "" }
        let byName = Dictionary(
            dimensions.map { (String(name($0.0).map { $0 == ":" ? "_" : $0 }), $0.1) }, uniquingKeysWith: { $1 })
        return "{" + byName.sorted { $0.key < $1.key }.map { "\($0.key)=\"\(escaped($0.value))\"" }.joined(separator: ",") + "}"
    }

    private static func escaped(_ value: String) -> String {
        value.unicodeScalars.reduce(into: "") { text, scalar in
            switch scalar {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(scalar)
            }
        }
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return Int64(exactly: value).map { "\($0)" } ?? "\(value)"
    }

    private static func isNameScalar(_ scalar: Unicode.Scalar) -> Bool {
        ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar) || scalar == "_" || scalar == ":"
    }
}

/// One value, and how often it was recorded.
final class MetricSample: CounterHandler, FloatingPointCounterHandler, MeterHandler, RecorderHandler, TimerHandler {
    private let state = Mutex((value: 0.0, count: 0))
    private let isLast: Bool

    /// - Parameter isLast: whether a recorded value replaces the one before.
    init(isLast: Bool = false) { self.isLast = isLast }

    var reading: (value: Double, count: Int) { state.withLock { $0 } }

    func increment(by amount: Int64) { increment(by: Double(amount)) }

    func increment(by amount: Double) {
        guard amount.isFinite else { return }
        state.withLock { $0.value += amount }
    }

    func decrement(by amount: Double) { increment(by: -amount) }

    func set(_ value: Int64) { set(Double(value)) }

    func set(_ value: Double) { state.withLock { $0.value = value } }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        guard !isLast else { return set(value) }
        state.withLock { state in
            state.value += value
            state.count &+= 1
        }
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    func reset() { state.withLock { $0 = (0, 0) } }
}
