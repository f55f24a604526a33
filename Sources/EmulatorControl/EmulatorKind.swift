public import DeviceProtocol
import Emulation

/// The kinds of device that can be made.
public enum EmulatorKind: String, Sendable, Codable, CaseIterable {
    /// A key fob.
    case token
    /// A hand-held camera with a display.
    case scan
    /// A phone.
    case mobile
    /// A card and its reader.
    case smartcard
    /// Reader and card in one USB stick.
    case stick
    /// A Luxembourg identity card; it does nothing before PACE, which is not there yet.
    case eid

    /// What devices of this kind are to everybody else.
    public var device: DeviceKind {
        switch self {
        case .token: .token
        case .scan: .scan
        case .mobile: .mobile
        case .smartcard: .smartcard
        case .stick: .stick
        case .eid: .identityCard
        }
    }

    /// The card that is made unless somebody asks for another one; `nil` for what is no card.
    var card: CardModel? {
        switch self {
        case .token, .scan, .mobile: nil
        case .smartcard: .luxTrustSmartcard
        case .stick: .luxTrustStick
        case .eid: .luxembourgEID
        }
    }

    /// How its serial number begins when nobody gives one.
    var prefix: String { self == .smartcard ? "CARD" : rawValue.uppercased() }

    /// What its reader is called; a stick's has the name by which programs know sticks.
    func reader(_ number: Int) -> String {
        let digits = number < 10 ? "0\(number)" : "\(number)"
        switch self {
        case .stick: return "Gemalto USB Shell Token V2 (emulated) \(digits) 00"
        case .eid: return "Emulated Contactless Reader \(digits) 00"
        default: return "Emulated Reader \(digits) 00"
        }
    }
}
