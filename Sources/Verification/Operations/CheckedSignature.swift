/// What the check of an answer's signature came to, outside the transaction that judges the answer.
enum CheckedSignature: Sendable {
    /// There is none, or it is not right.
    case none
    /// By the key of these certificates, which nobody took back.
    case right(CardCertificates)
    /// By the key of these certificates, of which nobody can say whether they were taken back, where the policy wants to know.
    case unvouched(CardCertificates)

    /// Whose signature is believed.
    var certificates: CardCertificates? { if case .right(let certificates) = self { certificates } else { nil } }
}
