public import Crypto
public import DeviceProtocol
public import Foundation
import OATH

/// A key fob with one button and a display: a code of 6 digits from the time, new every 30 s; RFC 6238.
///
/// It is shown nothing and binds nothing. Its display is dark until the button is pressed.
public final class EmulatedToken: Device {
    /// How long a code lasts, in seconds.
    public static let step = 30
    /// How long the display stays on after the button was pressed, in seconds.
    public static let displayTime: TimeInterval = 30

    /// What it says of itself.
    public var descriptor: DeviceDescriptor {
        let serial = memory.read(\.serial)
        return DeviceDescriptor(id: serial, kind: .token, name: name, takes: .nothing, capabilities: [], isEmulated: true)
    }

    private let memory: DeviceMemory<TokenState>
    private let totp: TOTP
    private let now: @Sendable () -> Date
    private static let kind = "Token"

    private init(_ memory: DeviceMemory<TokenState>, _ totp: TOTP, now: @escaping @Sendable () -> Date) {
        self.memory = memory
        self.totp = totp
        self.now = now
    }

    /// A Token with a seed.
    ///
    /// - Parameters:
    ///   - record: serial number and seed, as the issuer knows them.
    ///   - endOfLife: from when on it works no longer.
    ///   - drift: how many seconds its clock gains each day from now on; it loses when this is negative.
    ///   - file: where its state lasts; without one, as long as the value.
    ///   - now: the true time.
    /// - Throws: ``DeviceError/Code/notSupported`` for an empty seed, and when its file cannot be written.
    public convenience init(
        record: TokenFactoryRecord, endOfLife: Date? = nil, drift: Double = 0, file: DeviceStateFile? = nil,
        now: @escaping @Sendable () -> Date
    ) throws(DeviceError) {
        let totp = try Self.totp(record.seed, "Token \(record.serial)")
        let state = TokenState(
            serial: record.serial, seed: StoredKey(record.seed), endOfLife: endOfLife, drift: drift, clockSetAt: now())
        do throws(DeviceStateError) {
            self.init(try DeviceMemory(state, kind: Self.kind, file: file), totp, now: now)
        } catch {
            throw DeviceError(.notSupported, "Token \(record.serial)", detail: error.description)
        }
    }

    /// The Token in a file, as it was when it was last changed.
    ///
    /// - Throws: ``DeviceStateError``.
    public convenience init(file: DeviceStateFile, now: @escaping @Sendable () -> Date) throws(DeviceStateError) {
        let memory = try DeviceMemory<TokenState>(opening: file, kind: Self.kind)
        guard let totp = try? Self.totp(memory.read { $0.seed.key }, "") else { throw .damaged(file.path) }
        self.init(memory, totp, now: now)
    }

    private static func totp(_ seed: SymmetricKey, _ name: String) throws(DeviceError) -> TOTP {
        do {
            return try TOTP(key: seed, digits: 6, algorithm: .sha1, step: .seconds(step))
        } catch {
            throw DeviceError(.notSupported, name, detail: "\(error)")
        }
    }

    /// Makes a Token with a random seed, and what the issuer is told of it.
    ///
    /// - Throws: as ``init(record:endOfLife:drift:file:now:)``.
    public static func manufacture(
        serial: DeviceID, endOfLife: Date? = nil, drift: Double = 0, file: DeviceStateFile? = nil, now: @escaping @Sendable () -> Date,
        using generator: inout some RandomNumberGenerator
    ) throws(DeviceError) -> (device: EmulatedToken, record: TokenFactoryRecord) {
        let record = TokenFactoryRecord(serial: serial, seed: .random(bytes: 20, using: &generator))
        return (try EmulatedToken(record: record, endOfLife: endOfLife, drift: drift, file: file, now: now), record)
    }

    /// From when on it works no longer; `nil` when that is not known.
    public var endOfLife: Date? { memory.read(\.endOfLife) }

    // MARK: The display

    /// Presses the button: the display shows something for ``displayTime``.
    ///
    /// - Throws: ``DeviceStateError`` when its file cannot be written.
    public func press() throws(DeviceStateError) {
        let now = now()
        try change { $0.pressedAt = $0.clock(at: now) }
    }

    /// The characters on the display now; none while it is dark.
    public var text: String {
        let clock = clock
        return litUntil.map { $0 > clock } == true ? display(at: clock).description : ""
    }

    /// When its display goes dark, by its own clock; `nil` while it is dark.
    public var litUntil: Date? {
        let state = memory.read { $0 }
        let clock = state.clock(at: now())
        guard state.hasPower, let pressed = state.pressedAt, (0..<Self.displayTime).contains(clock.timeIntervalSince(pressed)) else {
            return nil
        }
        return pressed.addingTimeInterval(Self.displayTime)
    }

    /// What its display shows at a moment of its own clock, when it is on.
    public func display(at date: Date) -> TokenDisplay {
        if let endOfLife, date >= endOfLife { return .endOfLife }
        guard let code = try? totp.code(at: date) else { return .clockFault }
        let passed = date.timeIntervalSince1970.truncatingRemainder(dividingBy: TimeInterval(Self.step))
        return .code(code, secondsLeft: Self.step - Int(passed))
    }

    // MARK: What wears out

    /// What its own clock shows now.
    public var clock: Date {
        let now = now()
        return memory.read { $0.clock(at: now) }
    }

    /// How many seconds its clock gains each day.
    public var drift: Double { memory.read(\.drift) }

    /// Lets its clock gain this many seconds a day from now on; what it is off by, it stays.
    ///
    /// - Throws: ``DeviceStateError`` when its file cannot be written.
    public func setDrift(_ secondsPerDay: Double) throws(DeviceStateError) {
        let now = now()
        try change { state in
            state.offset = state.clock(at: now).timeIntervalSince(now)
            state.clockSetAt = now
            state.drift = secondsPerDay
        }
    }

    /// Whether its battery still works.
    public var hasPower: Bool { memory.read(\.hasPower) }

    /// Takes the battery's power away, or gives it a new one.
    ///
    /// - Throws: ``DeviceStateError`` when its file cannot be written.
    public func setPower(_ hasPower: Bool) throws(DeviceStateError) { try change { $0.hasPower = hasPower } }

    /// All that it is.
    var contents: TokenState { memory.read { $0 } }

    /// Makes it another state of the same Token.
    func replace(with contents: TokenState) throws(DeviceStateError) { try change { $0 = contents } }

    private func change(_ body: (inout TokenState) -> Void) throws(DeviceStateError) {
        try memory.change(notKept: { $0 }) { state throws(DeviceStateError) in body(&state) }
    }

    /// Presses the button and reads the code; nobody is asked.
    ///
    /// - Throws: ``DeviceError/Code/notSupported`` for a challenge, with a dead battery, after the end of its life, or with a
    ///   clock before 1970.
    public func respond(to presentation: Presentation, with holder: some Holder) async throws(DeviceError) -> Response {
        guard case .nothing = presentation else {
            throw DeviceError(.notSupported, name, detail: "a Token cannot be shown anything")
        }
        guard hasPower else { throw DeviceError(.notSupported, name, detail: "its battery is dead") }
        do throws(DeviceStateError) { try press() } catch { throw DeviceError(.notSupported, name, detail: error.description) }
        switch display(at: clock) {
        case .code(let code, _): return .code(code)
        case .endOfLife: throw DeviceError(.notSupported, name, detail: "it has reached the end of its life")
        case .clockFault: throw DeviceError(.notSupported, name, detail: "its clock is wrong")
        }
    }

    private var name: String { "Token \(memory.read(\.serial))" }
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
