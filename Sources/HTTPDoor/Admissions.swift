import HTTPTypes
import Synchronization

/// How many requests of each caller are being answered, and how many wait for something to happen.
final class Admissions: Sendable {
    fileprivate struct Count {
        var answering = 0
        var waiting = 0
    }

    fileprivate let counts = Mutex<[String: Count]>([:])
    private let limits: DoorLimits

    init(_ limits: DoorLimits) { self.limits = limits }

    /// Lets one more request of this caller in.
    ///
    /// - Throws: ``Problem`` 429 `tooManyRequests`.
    func enter(_ caller: Caller) throws(Problem) -> Admission {
        let isFree = counts.withLock { counts in
            guard counts[caller.name, default: Count()].answering < limits.requests else { return false }
            counts[caller.name, default: Count()].answering += 1
            return true
        }
        guard isFree else { throw .tooMany("\(limits.requests) requests of \(caller.name) are being answered already") }
        return Admission(self, caller.name)
    }

    fileprivate func wait(_ name: String) throws(Problem) {
        let isFree = counts.withLock { counts in
            guard counts[name, default: Count()].waiting < limits.waitingRequests else { return false }
            counts[name, default: Count()].answering -= 1
            counts[name, default: Count()].waiting += 1
            return true
        }
        guard isFree else { throw .tooMany("\(limits.waitingRequests) requests of \(name) are waiting already") }
    }

    fileprivate func leave(_ name: String, waited: Bool) {
        counts.withLock { counts in
            var count = counts[name, default: Count()]
            if waited { count.waiting -= 1 } else { count.answering -= 1 }
            counts[name] = count.answering > 0 || count.waiting > 0 ? count : nil
        }
    }
}

/// The place that one request takes until it is answered.
final class Admission: Sendable {
    private enum State { case answering, waiting, left }

    private let admissions: Admissions
    private let name: String
    private let state = Mutex(State.answering)

    fileprivate init(_ admissions: Admissions, _ name: String) {
        self.admissions = admissions
        self.name = name
    }

    /// Counts it among those that wait from now on.
    func wait() throws(Problem) {
        guard state.withLock({ $0 == .answering }) else { return }
        try admissions.wait(name)
        state.withLock { $0 = .waiting }
    }

    /// Whether it waits for something to happen.
    var isWaiting: Bool { state.withLock { $0 == .waiting } }

    /// Gives the place to another request.
    func leave() {
        let before = state.withLock { state in
            defer { state = .left }
            return state
        }
        if before != .left { admissions.leave(name, waited: before == .waiting) }
    }
}

extension Problem {
    fileprivate static func tooMany(_ detail: String) -> Problem {
        Problem(
            .tooManyRequests, "tooManyRequests", detail, userAction: "wait for answers before asking again", isRetryable: true,
            headers: [.retryAfter: "1"])
    }
}
