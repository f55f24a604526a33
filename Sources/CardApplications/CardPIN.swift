public import CardProfiles
import ISO7816

/// A PIN, or a PUK, that a card asks for.
public struct CardPIN: Hashable, Sendable, Identifiable {
    /// What a PIN is there for.
    public enum Role: Hashable, Sendable {
        /// Guards keys.
        case user
        /// Guards the signature key alone, on cards that have a PIN of its own for it.
        case signature
        /// Unblocks another one: a PUK, or a reset code.
        case unblocking
        /// Belongs to the issuer: a security officer's PIN, an administrator's PIN.
        case administrator
    }

    /// The key reference in P2 of VERIFY; a card has one PIN under each.
    public var id: UInt8 { rules.reference }
    /// What people read: "PIV Card Application PIN", or the label on the card.
    public let label: String
    /// What it is there for.
    public let role: Role
    /// What it may be, and how it travels.
    public let rules: PINRules
    /// The PUK that sets it anew by RESET RETRY COUNTER; `nil` where none is known.
    public let unblocking: PINRules?
    /// Whether CHANGE REFERENCE DATA sets it anew; `false` where the card says that nobody changes it.
    public let isChangeable: Bool

    /// A PIN.
    public init(label: String, role: Role, rules: PINRules, unblocking: PINRules? = nil, isChangeable: Bool = true) {
        self.label = label
        self.role = role
        self.rules = rules
        self.unblocking = unblocking
        self.isChangeable = isChangeable
    }

    /// Nothing for a PIN that can be changed.
    ///
    /// - Throws: ``CardError/Code/notSupported`` where the card lets nobody change it: asking all the same might cost a try.
    func mayBeChanged() throws(CardError) {
        guard isChangeable else { throw CardError(.notSupported, "changing \(label)", detail: "the card lets nobody change it") }
    }
}
