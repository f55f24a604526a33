import Crypto
import DeviceProtocol
import Foundation

/// What a Token knows for as long as it exists.
struct TokenState: Codable, Sendable {
    let serial: DeviceID
    let seed: StoredKey<SymmetricKey>
    /// From when on it works no longer.
    let endOfLife: Date?
    /// How many seconds its clock gains each day; it loses when this is negative.
    var drift: Double
    /// Since when it gains that.
    var clockSetAt: Date
    /// How many seconds it was ahead then.
    var offset: Double = 0
    /// Whether its battery still works.
    var hasPower = true
    /// When its button was pressed last, by its own clock.
    var pressedAt: Date?

    /// What its clock shows at a moment.
    func clock(at moment: Date) -> Date {
        let days = moment.timeIntervalSince(clockSetAt) / 86_400
        return moment.addingTimeInterval(offset + days * drift)
    }
}
