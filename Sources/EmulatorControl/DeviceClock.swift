public import Foundation
import Synchronization

/// The clock inside an emulated device: the true time, and how far it has gone astray.
public final class DeviceClock: Sendable {
    /// What it was set to.
    struct Setting: Hashable {
        /// How many seconds it was ahead when it was set.
        var offset: TimeInterval = 0
        /// How many seconds it gains each day; it loses when this is negative.
        var drift: TimeInterval = 0
        var setAt: Date

        func error(at moment: Date) -> TimeInterval { offset + moment.timeIntervalSince(setAt) / 86_400 * drift }
    }

    /// How far a clock may be set off, in seconds: ten years.
    public static let farthest: TimeInterval = 10 * 365.25 * 86_400

    private let truth: @Sendable () -> Date
    private let state: Mutex<Setting>

    /// A clock that is right.
    public init(_ truth: @escaping @Sendable () -> Date) {
        self.truth = truth
        state = Mutex(Setting(setAt: truth()))
    }

    /// What it shows.
    public var now: Date {
        let truth = truth()
        return state.withLock { truth.addingTimeInterval($0.error(at: truth)) }
    }

    /// What it was set to last.
    var setting: Setting { state.withLock { $0 } }

    /// How many seconds it is ahead now.
    public var offset: TimeInterval {
        let truth = truth()
        return state.withLock { $0.error(at: truth) }
    }

    /// How many seconds it gains each day.
    public var drift: TimeInterval { state.withLock { $0.drift } }

    /// Sets it; what is `nil` stays as it is.
    ///
    /// - Throws: ``EmulatorError/invalidRequest(_:)`` for more than ``farthest``, or more than a day a day.
    public func set(offset: TimeInterval?, drift: TimeInterval?) throws(EmulatorError) {
        if let offset { guard abs(offset) <= Self.farthest else { throw .invalidRequest("a clock is at most ten years off") } }
        if let drift { guard abs(drift) <= 86_400 else { throw .invalidRequest("a clock gains or loses at most a day each day") } }
        let truth = truth()
        state.withLock {
            $0 = Setting(offset: offset ?? $0.error(at: truth), drift: drift ?? $0.drift, setAt: truth)
        }
    }
}
