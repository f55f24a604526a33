import HTTPTypes
import Synchronization

/// How many requests of each caller are being answered, how many wait for something to happen, and how much of their bodies is held.
final class Admissions: Sendable {
    fileprivate struct Count {
        var answering = 0
        var waiting = 0
        var bytes = 0

        var isNothing: Bool { answering <= 0 && waiting <= 0 && bytes <= 0 }
    }

    fileprivate let counts = Mutex<[String: Count]>([:])
    private let limits: DoorLimits

    init(_ limits: DoorLimits) { self.limits = limits }

    /// Lets one more request of this caller in.
    ///
    /// - Parameter presence: whether the one who asks is still there.
    /// - Throws: ``Problem`` 429 `tooManyRequests`.
    func enter(_ caller: Caller, _ presence: Presence) throws(Problem) -> Admission {
        let isFree = counts.withLock { counts in
            guard counts[caller.name, default: Count()].answering < limits.requests else { return false }
            counts[caller.name, default: Count()].answering += 1
            return true
        }
        guard isFree else { throw .tooMany("\(limits.requests) requests of \(caller.name) are being answered already") }
        return Admission(self, caller.name, presence, .answering)
    }

    /// Lets a question in that is answered however many others there are: whether the program lives.
    func pass(_ caller: Caller, _ presence: Presence) -> Admission { Admission(self, caller.name, presence, .left) }

    /// Takes room for so many bytes more of a body that is being read.
    ///
    /// - Throws: ``Problem`` 429 `tooManyRequests`.
    fileprivate func take(_ bytes: Int, _ name: String) throws(Problem) {
        let isFree = counts.withLock { counts in
            guard counts[name, default: Count()].bytes + bytes <= limits.bodiesSize else { return false }
            counts[name, default: Count()].bytes += bytes
            return true
        }
        guard isFree else { throw .tooMany("\(limits.bodiesSize) bytes of bodies of \(name) are held already") }
    }

    fileprivate func give(_ bytes: Int, _ name: String) {
        counts.withLock { counts in
            counts[name, default: Count()].bytes -= bytes
            tidy(&counts, name)
        }
    }

    private func tidy(_ counts: inout [String: Count], _ name: String) { if counts[name]?.isNothing == true { counts[name] = nil } }

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
            if waited { counts[name, default: Count()].waiting -= 1 } else { counts[name, default: Count()].answering -= 1 }
            tidy(&counts, name)
        }
    }
}

/// The place that one request takes until it is answered.
final class Admission: Sendable {
    fileprivate enum State { case answering, waiting, left }

    private let admissions: Admissions
    private let name: String
    private let presence: Presence
    private let state: Mutex<State>

    fileprivate init(_ admissions: Admissions, _ name: String, _ presence: Presence, _ state: State) {
        self.admissions = admissions
        self.name = name
        self.presence = presence
        self.state = Mutex(state)
    }

    /// Counts it among those that wait from now on; one whose client has gone is cancelled.
    func wait() throws(Problem) {
        guard state.withLock({ $0 == .answering }) else { return }
        try admissions.wait(name)
        state.withLock { $0 = .waiting }
        presence.waits()
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

/// The room that one body takes, from its first bytes until its request is answered.
///
/// The beginning of each is free, so that who fills the room with large bodies leaves small ones through.
struct BodyRoom: ~Copyable {
    /// How many bytes of each body are free.
    static let free = 16 << 10

    private let admissions: Admissions
    private let name: String
    private var taken = 0

    /// Room for a body of this caller, of which nothing has come.
    init(_ admissions: Admissions, _ caller: Caller) {
        self.admissions = admissions
        name = caller.name
    }

    /// Has room for a body that has grown to `size` bytes.
    ///
    /// - Throws: ``Problem`` 429 `tooManyRequests`.
    mutating func grow(to size: Int) throws(Problem) {
        let more = size - Self.free - taken
        guard more > 0 else { return }
        try admissions.take(more, name)
        taken += more
    }

    deinit { if taken > 0 { admissions.give(taken, name) } }
}

extension Problem {
    fileprivate static func tooMany(_ detail: String) -> Problem {
        Problem(
            .tooManyRequests, "tooManyRequests", detail, userAction: "wait for answers before asking again", isRetryable: true,
            headers: [.retryAfter: "1"])
    }
}
