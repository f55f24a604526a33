public import Crypto
public import Foundation

/// Codes from the time (RFC 6238): HOTP whose counter is the number of steps since an epoch.
///
/// The code covers nothing but the time. Compare codes in constant time, and accept a step once.
public struct TOTP: Sendable {
    private let hotp: HOTP
    /// How time is counted.
    public let steps: TimeSteps

    /// The number of digits of a code.
    public var digits: Int { hotp.digits }
    /// The hash below the HMAC.
    public var algorithm: HashAlgorithm { hotp.algorithm }

    /// Codes from `key`.
    ///
    /// - Parameters:
    ///   - key: as long as the hash, by RFC 6238, 5.1; only an empty key is refused.
    ///   - digits: 6 to 10.
    ///   - step: how long a code lasts (X), in whole seconds.
    ///   - epoch: where step 0 begins (T0).
    /// - Throws: ``OATHError/digits(_:)``, ``OATHError/emptyKey``, ``OATHError/timeStep(_:)``.
    public init(
        key: SymmetricKey, digits: Int = 6, algorithm: HashAlgorithm = .sha1, step: Duration = .seconds(30),
        epoch: Date = TimeSteps.unixEpoch
    ) throws(OATHError) {
        hotp = try HOTP(key: key, digits: digits, algorithm: algorithm)
        steps = try TimeSteps(of: step, since: epoch)
    }

    /// The step that `date` falls into (T).
    ///
    /// - Throws: ``OATHError/timeOutOfRange(secondsSinceEpoch:)``.
    public func step(at date: Date) throws(OATHError) -> UInt64 {
        try steps.step(at: date)
    }

    /// The code of one step (RFC 6238, 4.2).
    public func code(step: UInt64) -> String {
        hotp.code(counter: step)
    }

    /// The code that a device with a right clock shows at `date`.
    ///
    /// - Throws: ``OATHError/timeOutOfRange(secondsSinceEpoch:)``.
    public func code(at date: Date) throws(OATHError) -> String {
        code(step: try step(at: date))
    }
}
