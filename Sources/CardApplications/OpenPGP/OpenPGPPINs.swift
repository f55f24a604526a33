import CardProfiles

/// The passwords of an OpenPGP card; OpenPGP card 3.4.1, 4.3.
///
/// PW1 is one password with two references: verified as `81` it is there for signatures, as `82` for everything else.
struct OpenPGPPINs {
    /// The reference of PW3.
    static let administrator: UInt8 = 0x83
    /// The resetting code has no reference, as it only ever travels in RESET RETRY COUNTER; P2 = 00 stands for none.
    static let resettingCode: UInt8 = 0x00

    /// PW1 for PSO: COMPUTE DIGITAL SIGNATURE.
    let signature: CardPIN
    /// PW1 for INTERNAL AUTHENTICATE and PSO: DECIPHER.
    let other: CardPIN
    /// All of them; the resetting code only where the card has one.
    let all: [CardPIN]

    /// The passwords that `status` describes.
    init(_ status: OpenPGPPasswordStatus) {
        // Minimum lengths: 4.3. A maximum below them is a card's mistake, and then the minimum counts.
        let rules = { (reference: UInt8, minimum: Int, place: Int) in
            PINRules(
                reference: reference, lengths: minimum...max(minimum, status.maximumLengths[place]), alphabet: .any, padding: nil)
        }
        let code = rules(Self.resettingCode, 8, 1)
        let officer = rules(Self.administrator, 8, 2)
        let hasCode = status.triesLeft[1] > 0
        let unblocking = hasCode ? code : officer
        signature = CardPIN(
            label: "OpenPGP PIN for signatures (PW1)", role: .signature, rules: rules(0x81, 6, 0), unblocking: unblocking)
        other = CardPIN(label: "OpenPGP PIN (PW1)", role: .user, rules: rules(0x82, 6, 0), unblocking: unblocking)
        all =
            [signature, other] + (hasCode ? [CardPIN(label: "OpenPGP Resetting Code", role: .unblocking, rules: code)] : [])
            + [CardPIN(label: "OpenPGP Admin PIN (PW3)", role: .administrator, rules: officer)]
    }
}

extension OpenPGPPasswordStatus {
    /// The state of the password with `reference`, as far as its counter tells it.
    func state(of reference: UInt8) -> PINState {
        let place =
            switch reference {
            case OpenPGPPINs.resettingCode: 1
            case OpenPGPPINs.administrator: 2
            default: 0
            }
        return triesLeft[place] == 0 ? .blocked : .triesLeft(triesLeft[place])
    }
}
