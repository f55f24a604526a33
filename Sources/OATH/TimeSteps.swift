public import Foundation

/// Time counted in whole steps since an epoch: RFC 6238's T, X and T0.
///
/// Verifiers keep drift, and which step was used last, as differences and values of this count, never as seconds.
public struct TimeSteps: Sendable, Equatable {
    /// The epoch of Unix, from which most devices count.
    public static let unixEpoch = Date(timeIntervalSince1970: 0)

    /// How long a step lasts (X), in whole seconds.
    public let length: Duration
    /// Where step 0 begins (T0).
    public let epoch: Date

    private let seconds: UInt64

    /// Steps of `length`, counted from `epoch`.
    ///
    /// - Throws: ``OATHError/timeStep(_:)`` unless `length` is a whole number of seconds, at least one.
    public init(of length: Duration, since epoch: Date = unixEpoch) throws(OATHError) {
        let (seconds, attoseconds) = length.components
        guard seconds > 0, attoseconds == 0 else { throw .timeStep(length) }
        self.length = length
        self.epoch = epoch
        self.seconds = UInt64(seconds)
    }

    /// The step that `date` falls into; a step holds its first instant and not its last.
    ///
    /// - Throws: ``OATHError/timeOutOfRange(secondsSinceEpoch:)`` before the epoch, and where no 64-bit count of seconds reaches.
    public func step(at date: Date) throws(OATHError) -> UInt64 {
        let elapsed = date.timeIntervalSince(epoch)
        guard let whole = UInt64(exactly: elapsed.rounded(.down)) else { throw .timeOutOfRange(secondsSinceEpoch: elapsed) }
        return whole / seconds
    }
}
