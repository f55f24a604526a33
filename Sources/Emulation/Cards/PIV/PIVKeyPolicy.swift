/// When a key wants the PIN, and where it comes from.
///
/// The standard gives each reference its rule; Yubico's extensions let the owner choose another one for a key.
struct PIVKeyPolicy: Hashable, Sendable {
    /// When the PIN is wanted; the numbers are Yubico's (tag `AA`).
    enum PIN: UInt8 { case never = 1, once, always }
    /// Where a key was made; the numbers are Yubico's (metadata, tag `03`).
    enum Origin: UInt8 { case generated = 1, imported }

    let pin: PIN
    /// 1 never, 2 always, 3 cached, as Yubico counts (tag `AB`): remembered and told, but nobody is there to touch an emulated
    /// card, so it works as if somebody did at once.
    let touch: UInt8
    let origin: Origin

    /// What the standard has for this key; SP 800-73-4 part 1, table 3.
    static func standard(_ reference: UInt8, origin: Origin) -> PIVKeyPolicy {
        let pin: PIN =
            switch PIVSlot(rawValue: reference) {
            case .signature: .always
            case .cardAuthentication: .never
            case .authentication, .keyManagement, nil: .once
            }
        return PIVKeyPolicy(pin: pin, touch: 1, origin: origin)
    }

    /// As the card keeps it.
    var bytes: [UInt8] { [pin.rawValue, touch, origin.rawValue] }

    init(pin: PIN, touch: UInt8, origin: Origin) {
        self.pin = pin
        self.touch = touch
        self.origin = origin
    }

    /// What ``bytes`` says; `nil` for anything else.
    init?(_ bytes: [UInt8]) {
        guard bytes.count == 3, let pin = PIN(rawValue: bytes[0]), let origin = Origin(rawValue: bytes[2]) else { return nil }
        self.init(pin: pin, touch: bytes[1], origin: origin)
    }
}
