public import Foundation
import OATH
import Secrets

/// A Token's key, and where its codes stand (RFC 6238).
///
/// Time is counted in whole steps, never in seconds: what was used last, and how far the device's clock is off.
public struct TimedCode: Equatable, Sendable, Codable {
    /// How many steps a code may be early or late, with or without the drift that is known; RFC 6238, 5.2 recommends one.
    public static let window: Int64 = 1
    /// How many steps a code may be early or late as long as nothing is known of the device's clock: at its first use, and after a reset.
    ///
    /// Inferred: RFC 4226, 7.4 and RFC 6238, 6 leave it to the bank. With 6 digits a guess is right once in 90,000 times.
    public static let firstWindow: Int64 = 5
    /// The most steps that a code may be away from our clock, whatever drift is known; RFC 6238, 6.
    public static let driftLimit: Int64 = 10

    /// The key that the device holds.
    public let key: KeyMaterial
    /// What evidence of its codes is marked with.
    public let evidenceKey: EvidenceKey
    /// The step whose code was accepted last; it and all before are spent.
    public private(set) var lastStep: UInt64?
    /// How many steps the device's clock was ahead of ours when it answered last; `nil` before its first answer.
    private var learnt: Int64?

    private enum CodingKeys: String, CodingKey {
        case key, evidenceKey, lastStep
        case learnt = "drift"
    }

    /// How many steps the device's clock was ahead of ours when it answered last, 0 before its first answer; RFC 6238, 6.
    public var drift: Int64 { learnt ?? 0 }

    /// A device that has not answered yet.
    public init(key: KeyMaterial, evidenceKey: EvidenceKey = EvidenceKey()) {
        self.key = key
        self.evidenceKey = evidenceKey
        lastStep = nil
        learnt = nil
    }

    /// The same codes after another enrolment of the same device: what was spent there stays spent.
    func following(_ former: TimedCode) -> TimedCode {
        var next = self
        next.lastStep = [lastStep, former.lastStep].compactMap(\.self).max()
        return next
    }

    /// The same codes, with a clock of which nothing is known; what is spent stays spent.
    func forgettingDrift() -> TimedCode {
        var fresh = self
        fresh.learnt = nil
        return fresh
    }

    /// The distances to our clock at which codes are accepted, the earliest first.
    ///
    /// Those around zero are always among them: a person who types slowly looks like a clock that runs late, and the next
    /// prompt code must be good all the same.
    private var distances: [Int64] {
        guard let learnt else { return Array(-Self.firstWindow...Self.firstWindow) }
        let known = min(max(learnt, -Self.driftLimit), Self.driftLimit)
        let near = [0, known].flatMap { ($0 - Self.window)...($0 + Self.window) }
        return Set(near).filter { (-Self.driftLimit...Self.driftLimit).contains($0) }.sorted()
    }

    /// Where the codes stand after `code` is accepted at `now`; `nil` when it is wrong, spent, too early or too late.
    ///
    /// All candidates are computed and compared, each in constant time, so that the time taken does not tell which one was near.
    ///
    /// - Parameter parameters: what the product's codes look like.
    public func accepting(_ code: String, at now: Date, as parameters: TimedCodeParameters) -> TimedCode? {
        accepting([code], at: distances, from: now, as: parameters)
    }

    /// Where the codes stand after two codes that the device showed one after the other; `nil` unless both are right and unspent.
    ///
    /// Two codes prove what one cannot: at the second, the clock may be off by ``driftLimit`` steps, whatever was known of it (RFC 4226,
    /// 7.4). Both are spent with it. Whoever calls this counts a failure as one of the device's.
    public func resynchronised(by first: String, _ second: String, at now: Date, as parameters: TimedCodeParameters) -> TimedCode? {
        accepting([first, second], at: Array(-Self.driftLimit - 1..<Self.driftLimit), from: now, as: parameters)
    }

    /// Where the codes stand after `codes` of consecutive steps, the first at one of the distances.
    private func accepting(
        _ codes: [String], at distances: [Int64], from now: Date, as parameters: TimedCodeParameters
    ) -> TimedCode? {
        guard let totp = try? TOTP(key: key.key, digits: parameters.digits, algorithm: parameters.algorithm, step: parameters.step),
            let step = try? totp.step(at: now), let present = Int64(exactly: step)
        else { return nil }
        let typed = codes.map { Array($0.utf8) }
        var accepted: TimedCode?
        for distance in distances {
            var isRight = true
            var last: UInt64?
            for (offset, code) in typed.enumerated() {
                let (place, overflow) = present.addingReportingOverflow(distance + Int64(offset))
                guard !overflow, let candidate = UInt64(exactly: place) else {
                    isRight = false
                    continue
                }
                let matches = constantTimeEquals(code, totp.code(step: candidate).utf8)
                let isUnspent = lastStep.map { candidate > $0 } ?? true
                isRight = matches && isUnspent && isRight
                last = candidate
            }
            if isRight, let last {
                // Should two steps have the same codes, both are spent, and the clock is taken to be where it was expected.
                let found = distance + Int64(typed.count - 1)
                var next = accepted ?? self
                next.lastStep = max(last, accepted?.lastStep ?? 0)
                next.learnt = accepted.map { abs($0.drift - drift) < abs(found - drift) ? $0.drift : found } ?? found
                accepted = next
            }
        }
        return accepted
    }
}
