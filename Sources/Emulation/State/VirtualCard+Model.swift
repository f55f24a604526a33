public import Foundation

extension VirtualCard {
    /// A test card with keys, certificates, PIN and PUK, in one line: `try VirtualCard(.luxTrustSmartcard, holder: "Test Holder")`.
    ///
    /// RSA keys of 2048 bits are made on the spot, within a second as a rule. What the card does rests on its ``CardModel``.
    /// Functions of the same names as the models (``iasClassic(_:holder:pin:puk:tries:authority:now:identifier:transmission:extendedLength:randomness:)``
    /// and so on) say more about a card.
    ///
    /// - Parameters:
    ///   - model: which card.
    ///   - holder: the name in the certificates, 1 to 64 characters.
    ///   - pin: six digits suit every model.
    ///   - puk: eight digits suit every model.
    ///   - authority: who issues the certificates; `nil` for an authority of the card's own. Its root is ``issuer``.
    ///   - now: the moment of issue; certificates last three years from then.
    /// - Throws: ``PersonalisationError``.
    public convenience init(
        _ model: CardModel, holder: String, pin: String = "123456", puk: String = "12345678", authority: TestAuthority? = nil,
        now: Date = Date()
    ) throws(PersonalisationError) {
        let issuer: TestAuthority
        if let authority {
            issuer = authority
        } else {
            do throws(TestAuthorityError) { issuer = try TestAuthority(now: now) } catch { throw .certificate(error) }
        }
        let made: VirtualCard
        switch model {
        case .luxTrustSmartcard: made = try .iasClassic(.v4, holder: holder, pin: pin, puk: puk, authority: issuer, now: now)
        case .luxTrustStick: made = try .iasClassic(.v3, holder: holder, pin: pin, puk: puk, authority: issuer, now: now)
        case .luxembourgEID: made = try .eID(holder: holder, pin: pin, puk: puk, authority: issuer, now: now)
        case .piv: made = try .piv(holder: holder, pin: pin, puk: puk, authority: issuer, now: now)
        case .pkcs15: made = try .pkcs15(holder: holder, pin: pin, puk: puk, authority: issuer, now: now)
        }
        let cells = made.memory.contents.merging([CardModel.issuerCell: .bytes(issuer.root)]) { $1 }
        let snapshot = CardSnapshot(model, atr: made.atr, takesExtendedLength: made.rules.takesExtendedLength, cells: cells)
        do throws(CardStateError) { try self.init(snapshot) } catch { throw .unreadable }
    }
}
