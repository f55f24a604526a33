public import Crypto
public import DeviceProtocol
public import Foundation
import OATH

/// A key fob with one button and a display: a code of 6 digits from the time, new every 30 s; RFC 6238.
///
/// It is shown nothing and binds nothing. Pressing its button is up to whoever calls it.
public final class EmulatedToken: Device {
    /// How long a code lasts, in seconds.
    public static let step = 30

    /// What it says of itself.
    public let descriptor: DeviceDescriptor
    /// From when on it works no longer; `nil` when that is not known.
    public let endOfLife: Date?

    private let totp: TOTP
    private let now: @Sendable () -> Date

    /// A Token with a seed.
    ///
    /// - Parameters:
    ///   - record: serial number and seed, as the issuer knows them.
    ///   - endOfLife: from when on it works no longer.
    ///   - now: its clock.
    /// - Throws: ``DeviceError/Code/notSupported`` for an empty seed.
    public init(record: TokenFactoryRecord, endOfLife: Date? = nil, now: @escaping @Sendable () -> Date) throws(DeviceError) {
        let name = "Token \(record.serial)"
        do {
            totp = try TOTP(key: record.seed, digits: 6, algorithm: .sha1, step: .seconds(Self.step))
        } catch {
            throw DeviceError(.notSupported, name, detail: "\(error)")
        }
        descriptor = DeviceDescriptor(id: record.serial, kind: .token, name: name, takes: .nothing, capabilities: [], isEmulated: true)
        self.endOfLife = endOfLife
        self.now = now
    }

    /// Makes a Token with a random seed, and what the issuer is told of it.
    ///
    /// - Throws: as ``init(record:endOfLife:now:)``.
    public static func manufacture(
        serial: DeviceID, endOfLife: Date? = nil, now: @escaping @Sendable () -> Date, using generator: inout some RandomNumberGenerator
    ) throws(DeviceError) -> (device: EmulatedToken, record: TokenFactoryRecord) {
        let record = TokenFactoryRecord(serial: serial, seed: .random(bytes: 20, using: &generator))
        return (try EmulatedToken(record: record, endOfLife: endOfLife, now: now), record)
    }

    /// What its display shows at a moment of its clock.
    public func display(at date: Date) -> TokenDisplay {
        if let endOfLife, date >= endOfLife { return .endOfLife }
        guard let code = try? totp.code(at: date) else { return .clockFault }
        let passed = date.timeIntervalSince1970.truncatingRemainder(dividingBy: TimeInterval(Self.step))
        return .code(code, secondsLeft: Self.step - Int(passed))
    }

    /// The code that its display shows now; nobody is asked.
    ///
    /// - Throws: ``DeviceError/Code/notSupported`` for a challenge, after the end of its life, or with a clock before 1970.
    public func respond(to presentation: Presentation, with holder: some Holder) async throws(DeviceError) -> Response {
        guard case .nothing = presentation else {
            throw DeviceError(.notSupported, descriptor.name, detail: "a Token cannot be shown anything")
        }
        switch display(at: now()) {
        case .code(let code, _): return .code(code)
        case .endOfLife: throw DeviceError(.notSupported, descriptor.name, detail: "it has reached the end of its life")
        case .clockFault: throw DeviceError(.notSupported, descriptor.name, detail: "its clock is wrong")
        }
    }
}

/// What the factory tells the issuer of one Token.
public struct TokenFactoryRecord: Sendable {
    /// The number on its back.
    public let serial: DeviceID
    /// What its codes are computed from: TOTP with HMAC-SHA-1, 20 bytes when it was made here.
    public let seed: SymmetricKey

    /// A record.
    public init(serial: DeviceID, seed: SymmetricKey) {
        self.serial = serial
        self.seed = seed
    }
}
