import DeviceProtocol
public import Emulation

/// What an emulated device is to be.
public struct EmulatorRecipe: Sendable {
    /// Whom the bank is told of a new device.
    public enum Owner: Sendable, Hashable {
        /// A subscriber, for whom it is active at once.
        case subscriber(String)
        /// An order that waits for a device.
        case order(String)
    }

    /// What it is.
    public let kind: EmulatorKind
    /// The number on its back, 1 to 64 of `A-Za-z0-9._-`; `nil` for the next one that is free.
    public let serial: String?
    /// The name in a card's certificates, 1 to 64 characters.
    public let holder: String
    /// Whose it is; `nil` when the bank is not told yet.
    public let owner: Owner?
    /// What the person does when the device asks.
    public let behaviour: Behaviour
    /// The PIN that the person knows, a test value: a card is made with it, and a phone chooses it.
    public let pin: String
    /// Which card; `nil` for the bank's own of this kind.
    public let model: CardModel?
    /// How many wrong PINs in a row block a card, 1 to 15.
    public let tries: UInt8

    /// A recipe.
    public init(
        _ kind: EmulatorKind, serial: String? = nil, holder: String = "Test Holder", owner: Owner? = nil, behaviour: Behaviour = .wait,
        pin: String = "123456", model: CardModel? = nil, tries: UInt8 = 5
    ) {
        self.kind = kind
        self.serial = serial
        self.holder = holder
        self.owner = owner
        self.behaviour = behaviour
        self.pin = pin
        self.model = model
        self.tries = tries
    }

    /// Checks what can be told before anything is made.
    func check() throws(EmulatorError) {
        if let serial, !Self.isID(serial) {
            throw .invalidRequest("a serial number has 1 to 64 of A-Z, a-z, 0-9, \".\", \"_\" and \"-\", and is not \".\" or \"..\"")
        }
        guard holder.count <= 64, (try? DisplayText(holder, field: "holder", limit: 256)) != nil else {
            throw .invalidRequest("a holder's name has 1 to 64 characters, none of which hides or reorders others")
        }
        guard (4...12).contains(pin.utf8.count), pin.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains) else {
            throw .invalidRequest("a PIN has 4 to 12 digits")
        }
        if let model {
            guard kind.card != nil, (model == .luxembourgEID) == (kind == .eid) else {
                throw .invalidRequest("a \(kind.rawValue) is no \"\(model.rawValue)\"")
            }
        }
        guard kind != .eid || owner == nil else { throw .notSupported("an eID cannot be enrolled: it needs PACE, not yet") }
    }

    /// Whether a text can be a device's name in a path.
    static func isID(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && text.utf8.allSatisfy(characters.contains) && text != "." && text != ".."
    }

    private static let characters = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-".utf8)
}

/// What it makes is printed, its PIN never.
extension EmulatorRecipe: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// `smartcard A-1`.
    public var description: String { [kind.rawValue, serial].compactMap(\.self).joined(separator: " ") }
    /// The same.
    public var debugDescription: String { description }
    /// Nothing to look into.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
