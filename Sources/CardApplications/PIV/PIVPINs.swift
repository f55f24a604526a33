import CardProfiles

extension CardPIN {
    /// The PIV card application PIN.
    static let piv = CardPIN(label: "PIV Card Application PIN", role: .user, rules: .piv, unblocking: .pivUnblocking)
    /// The PIN that all applications of the card share; the PUK of PIV does not unblock it (SP 800-73-4, part 2, 3.2.3).
    static let pivGlobal = CardPIN(label: "Global PIN", role: .user, rules: .pivGlobal)
    /// The PIN unblocking key.
    static let pivUnblocking = CardPIN(label: "PIV PIN Unblocking Key", role: .unblocking, rules: .pivUnblocking)
}
