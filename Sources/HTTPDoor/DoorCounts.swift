import CoreMetrics
import HTTPTypes

/// What is counted at one door.
///
/// No label names a person, a device or a caller, and none is chosen by a client: a route is the path as it was declared,
/// a method one that the route has.
struct DoorCounts: Sendable {
    private let door: String
    private let metrics: any MetricsFactory

    /// - Parameter door: `unix`, `loopback` or `tls`.
    init(_ door: String, _ metrics: any MetricsFactory) {
        self.door = door
        self.metrics = metrics
        // Shown from the beginning: where a series begins with its first event, a rate misses that event.
        connections.set(0)
        for refusal in Refusal.labels { refusedConnections(refusal).increment(by: 0) }
    }

    /// A connection was let in.
    func opened() { connections.increment() }

    /// One that was let in is closed.
    func closed() { connections.decrement() }

    /// A connection was closed before a byte of it was read.
    func refused(_ error: any Error) { refusedConnections((error as? Refusal)?.label ?? Refusal.failed).increment() }

    /// A request was refused before a route saw it.
    func refused(_ problem: Problem) {
        Counter(label: "tessera_http_requests_refused", dimensions: [("door", door), ("code", problem.code)], factory: metrics).increment()
    }

    /// A route answered, and took this long until the answer began.
    func answered(_ route: String, _ method: HTTPRequest.Method, _ status: HTTPResponse.Status, in time: Duration) {
        let labels = [("door", door), ("route", route), ("method", method.rawValue)]
        Counter(label: "tessera_http_requests", dimensions: labels + [("status", "\(status.code)")], factory: metrics).increment()
        let (seconds, attoseconds) = time.components
        Timer(label: "tessera_http_request_duration", dimensions: labels, factory: metrics)
            .recordNanoseconds(seconds &* 1_000_000_000 &+ attoseconds / 1_000_000_000)
    }

    private var connections: Meter { Meter(label: "tessera_http_connections", dimensions: [("door", door)], factory: metrics) }

    private func refusedConnections(_ reason: String) -> Counter {
        Counter(label: "tessera_http_connections_refused", dimensions: [("door", door), ("reason", reason)], factory: metrics)
    }
}

extension Refusal {
    /// What could not be set up for another reason than these.
    fileprivate static let failed = "failed"

    fileprivate static let labels = ["noCredentials", "foreignUser", "tooManyConnections", "tooManyOfPeer", failed]

    fileprivate var label: String {
        switch self {
        case .noCredentials: "noCredentials"
        case .foreignUser: "foreignUser"
        case .tooManyConnections: "tooManyConnections"
        case .tooManyOfPeer: "tooManyOfPeer"
        }
    }
}

extension DoorPlace {
    /// What a metric calls it.
    var label: String {
        switch self {
        case .unix: "unix"
        case .loopback: "loopback"
        case .tls: "tls"
        }
    }
}
