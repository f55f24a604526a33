public import ISO7816

/// Why an emulated card could not be personalised.
public enum PersonalisationError: Error, Hashable, Sendable {
    /// The PIN is not 6 to 8 digits, or the number of tries not 1 to 15.
    case unsuitablePIN
    /// The PUK is not 8 bytes, or the number of tries not 1 to 15.
    case unsuitablePUK
    /// There is no room for more than 20 retired keys.
    case tooManyRetiredKeys
    /// A PIN or PUK is none that this card takes, or the number of tries is not 1 to 15; the text says what it takes.
    case unsuitableValue(String)
    /// The Answer-to-Reset is none.
    case atr(ATRError)
    /// What was written to the card's memory makes no card.
    case unreadable
    /// libcrypto made no key.
    case key(VirtualKeyError)
    /// No certificate could be issued.
    case certificate(TestAuthorityError)
}

extension PersonalisationError: CustomStringConvertible {
    /// What is wrong, and what would be right.
    public var description: String {
        switch self {
        case .unsuitablePIN: "an emulated PIV card takes a PIN of 6 to 8 digits and 1 to 15 tries"
        case .unsuitablePUK: "an emulated PIV card takes a PUK of 8 characters and 1 to 15 tries"
        case .tooManyRetiredKeys: "an emulated PIV card takes 0 to 20 retired keys"
        case .unsuitableValue(let wanted): "this emulated card takes \(wanted) and 1 to 15 tries"
        case .atr(let error): "not an Answer-to-Reset: \(error)"
        case .unreadable: "what was written to the emulated card's memory makes no card"
        case .key(let error): "no key for the emulated card: \(error)"
        case .certificate(let error): "no certificate for the emulated card: \(error)"
        }
    }
}
