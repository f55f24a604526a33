import CardProfiles
public import ISO7816

// The PIN commands of ISO/IEC 7816-4 whose data field is filled in on a reader's own keys. No PIN passes through here.

extension CardApplication {
    /// Has the PIN that guards `key` entered on a reader's keys, and presented once.
    ///
    /// - Throws: as ``verify(on:as:)``; ``CardError/Code/notSupported`` for a key that needs none.
    public func verify(on pinpad: any Pinpad, for key: CardKey) async throws(CardError) -> PINOutcome {
        guard let pin = try pin(for: key) else { throw CardError(.notSupported, "a PIN for \(key.label), which needs none") }
        return try await verify(on: pinpad, as: pin)
    }
}

// What ISO/IEC 7816-4 says, for every application that does as it says.
extension CardApplication {
    /// VERIFY; ISO/IEC 7816-4, 11.5.6.
    ///
    /// - Throws: ``CardError`` of the pinpad.
    public func verify(on pinpad: any Pinpad, as pin: CardPIN) async throws(CardError) -> PINOutcome {
        try outcome(try await pinpad.verify(pin.rules.block(instruction: 0x20, p2: pin.id, subject: pin.label)), subject: pin.label)
    }

    /// CHANGE REFERENCE DATA; ISO/IEC 7816-4, 11.5.7.
    ///
    /// - Throws: ``CardError`` of the pinpad; ``CardError/Code/notSupported`` for a PIN that the card lets nobody change.
    public func change(_ pin: CardPIN, on pinpad: any Pinpad) async throws(CardError) -> PINOutcome {
        try pin.mayBeChanged()
        let block = try pin.rules.block(instruction: 0x24, p2: pin.id, subject: pin.label)
        return try outcome(try await pinpad.change(block, new: block), subject: pin.label)
    }

    /// RESET RETRY COUNTER; ISO/IEC 7816-4, 11.5.10.
    ///
    /// - Throws: ``CardError`` of the pinpad; ``CardError/Code/notSupported`` where no PUK is known for `pin`.
    public func unblock(_ pin: CardPIN, on pinpad: any Pinpad) async throws(CardError) -> PINOutcome {
        guard let unblocking = pin.unblocking else {
            throw CardError(.notSupported, "unblocking \(pin.label): no PUK is known for it")
        }
        let puk = try unblocking.block(instruction: 0x2C, p2: pin.id, subject: "the PUK of \(pin.label)")
        let new = try pin.rules.block(instruction: 0x2C, p2: pin.id, subject: pin.label)
        return try outcome(try await pinpad.change(puk, new: new), subject: pin.label)
    }
}

extension PINRules {
    /// The command around a PIN of these rules, for a reader to fill in.
    ///
    /// - Throws: ``CardError/Code/notSupported`` for what a reader's keys cannot enter.
    func block(instruction: UInt8, p2 reference: UInt8, subject: String) throws(CardError) -> PINBlock {
        guard alphabet != .hexadecimal else {
            throw CardError(.notSupported, "entering \(subject) on a reader", detail: "it is no number: use --no-pinpad")
        }
        return PINBlock(
            header: [0x00, instruction, 0x00, reference], lengths: lengths, padding: padding?.byte, paddedLength: padding?.length ?? 0)
    }
}
