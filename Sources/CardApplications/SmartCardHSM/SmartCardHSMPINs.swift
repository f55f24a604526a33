import CardProfiles

extension CardPIN {
    /// The user PIN, which the initialisation code sets anew.
    static let smartCardHSM = CardPIN(
        label: "SmartCard-HSM User PIN", role: .user, rules: .smartCardHSM, unblocking: .smartCardHSMOfficer)
    /// The initialisation code: eight bytes, which people know as sixteen hexadecimal digits.
    static let smartCardHSMOfficer = CardPIN(label: "SmartCard-HSM SO-PIN", role: .administrator, rules: .smartCardHSMOfficer)
}
