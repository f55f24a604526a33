public import Foundation
import OATH
import Secrets

/// A Token's key, and where its codes stand (RFC 6238).
///
/// Time is counted in whole steps, never in seconds: what was used last, and how far the device's clock is off.
public struct TimedCode: Equatable, Sendable, Codable {
    /// How many steps a code may be early or late, with or without the drift that is known; RFC 6238, 5.2 recommends one.
    public static let window: Int64 = 1
    /// The most steps that a code may be away from our clock, whatever drift is known; RFC 6238, 6.
    public static let driftLimit: Int64 = 10

    /// The key that the device holds.
    public let key: KeyMaterial
    /// The step whose code was accepted last; it and all before are spent.
    public private(set) var lastStep: UInt64?
    /// How many steps the device's clock was ahead of ours when it answered last; RFC 6238, 6.
    public private(set) var drift: Int64

    /// A device that has not answered yet.
    public init(key: KeyMaterial) {
        self.key = key
        lastStep = nil
        drift = 0
    }

    /// The same codes, with a clock of which nothing is known; what is spent stays spent.
    func forgettingDrift() -> TimedCode {
        var fresh = self
        fresh.drift = 0
        return fresh
    }

    /// The distances to our clock at which codes are accepted, the earliest first.
    ///
    /// Those around zero are always among them: a person who types slowly looks like a clock that runs late, and the next
    /// prompt code must be good all the same.
    private var distances: [Int64] {
        let known = min(max(drift, -Self.driftLimit), Self.driftLimit)
        let near = [0, known].flatMap { ($0 - Self.window)...($0 + Self.window) }
        return Set(near).filter { (-Self.driftLimit...Self.driftLimit).contains($0) }.sorted()
    }

    /// Where the codes stand after `code` is accepted at `now`; `nil` when it is wrong, spent, too early or too late.
    ///
    /// All candidates are computed and compared, each in constant time, so that the time taken does not tell which one was near.
    ///
    /// - Parameter parameters: what the product's codes look like.
    public func accepting(_ code: String, at now: Date, as parameters: TimedCodeParameters) -> TimedCode? {
        guard let totp = try? TOTP(key: key.key, digits: parameters.digits, algorithm: parameters.algorithm, step: parameters.step),
            let step = try? totp.step(at: now), let present = Int64(exactly: step)
        else { return nil }
        let typed = Array(code.utf8)
        var accepted: TimedCode?
        for distance in distances {
            let (place, overflow) = present.addingReportingOverflow(distance)
            guard !overflow, let candidate = UInt64(exactly: place) else { continue }
            let matches = constantTimeEquals(typed, Array(totp.code(step: candidate).utf8))
            if matches, lastStep.map({ candidate > $0 }) ?? true {
                var next = self
                next.lastStep = candidate
                next.drift = distance
                accepted = next
            }
        }
        return accepted
    }
}
