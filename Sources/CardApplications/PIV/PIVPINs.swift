import CardProfiles

extension CardPIN {
    /// The PIV card application PIN.
    static let piv = CardPIN(label: "PIV Card Application PIN", role: .user, rules: .piv, unblocking: .pivUnblocking)
    /// The PIN unblocking key.
    static let pivUnblocking = CardPIN(label: "PIV PIN Unblocking Key", role: .unblocking, rules: .pivUnblocking)
}
