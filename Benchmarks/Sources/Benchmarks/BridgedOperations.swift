import Foundation
import OATH

/// Operations through the bridge's socket: a Token's login begun, and answered with the right code.
///
/// Each client has a thread and a connection of its own; each operation is of another Token, whose enrolment is not measured.
final class BridgedOperations: Workload {
    /// One round.
    private struct Round {
        var times = RequestTimes()
        var seconds = 0.0
        var clients = ProcessorTime()
        var bridge = ProcessorTime()
    }

    let name = "two POSTs"
    private let bridge: BridgeProcess
    private let clients: [BridgeClient]
    private var numbers = 0..<0
    private var rounds: [Round] = []

    init(in folder: URL, clients count: Int) throws {
        let bridge = try BridgeProcess(in: folder)
        clients = try (0..<count).map { _ in BridgeClient(try BridgeConnection(to: bridge.socket)) }
        self.bridge = bridge
    }

    func prepare(_ count: Int) throws { numbers = try bridge.enrol(count) }

    func run(_ count: Int) async throws {
        let (clients, numbers) = (clients, numbers)
        let before = (clients: ProcessorTime.used(), bridge: try bridge.used())
        let start = ContinuousClock.now
        var round = Round()
        try await withThrowingTaskGroup(of: RequestTimes.self) { group in
            for (place, client) in clients.enumerated() {
                group.addTask { try await client.run(stride(from: numbers.lowerBound + place, to: numbers.upperBound, by: clients.count)) }
            }
            for try await times in group { round.times += times }
        }
        round.seconds = (ContinuousClock.now - start) / .seconds(1)
        round.clients = ProcessorTime.used() - before.clients
        round.bridge = try bridge.used() - before.bridge
        rounds.append(round)
    }

    /// How long the requests took, and where the processor's time went, without what warming up took.
    var note: String? {
        var sum = Round()
        for round in rounds.suffix(Measurement().rounds) {
            sum.times += round.times
            sum.seconds += round.seconds
            sum.clients += round.clients
            sum.bridge += round.bridge
        }
        let count = Double(max(1, sum.times.begin.count))
        func each(_ seconds: Double) -> String { "\(Int(seconds / count * 1e6)) µs" }
        let (bridge, clients) = (sum.bridge, sum.clients)
        return """
            begin \(RequestTimes.text(sum.times.begin)); submit \(RequestTimes.text(sum.times.submit)); \
            an operation takes the bridge \(each(bridge.user)) of user and \(each(bridge.system)) of system time, the clients \
            \(each(clients.user)) and \(each(clients.system)); together \
            \(String(format: "%.2f", (bridge.all + clients.all) / max(sum.seconds, 1e-9))) cores
            """
    }
}

/// How long requests took, in seconds.
struct RequestTimes: Sendable {
    var begin: [Double] = []
    var submit: [Double] = []

    static func += (one: inout RequestTimes, other: RequestTimes) {
        one.begin += other.begin
        one.submit += other.submit
    }

    /// The time in the middle, and the one that a hundredth exceeds.
    static func text(_ times: [Double]) -> String {
        let sorted = times.sorted()
        guard let last = sorted.last else { return "never" }
        let (p50, p99) = (sorted[sorted.count / 2], sorted.dropFirst(sorted.count * 99 / 100).first ?? last)
        return String(format: "p50 %.2f ms, p99 %.2f ms (%.1f ×)", p50 * 1e3, p99 * 1e3, p99 / p50)
    }
}

/// One client, which asks again when it was answered; used by one thread at a time.
private final class BridgeClient: @unchecked Sendable {
    private let connection: BridgeConnection

    init(_ connection: BridgeConnection) { self.connection = connection }

    /// Has these Tokens each log in, on a thread of its own.
    func run(_ numbers: StrideTo<Int>) async throws -> RequestTimes {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try self.answer(numbers) }) }
        }
    }

    private func answer(_ numbers: StrideTo<Int>) throws -> RequestTimes {
        var times = RequestTimes()
        for number in numbers {
            let token = BridgedToken(number)
            let code = try TOTP(key: token.key).code(at: Date())
            let start = ContinuousClock.now
            let path = try connection.begin(token)
            let begun = ContinuousClock.now
            try connection.submit(code, to: path)
            times.begin.append((begun - start) / .seconds(1))
            times.submit.append((ContinuousClock.now - begun) / .seconds(1))
        }
        return times
    }
}
