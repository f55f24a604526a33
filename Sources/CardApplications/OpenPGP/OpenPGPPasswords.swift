import CardProfiles
public import ISO7816
public import Secrets

// What OpenPGP cards do differently with their passwords: a wrong one is 6982 without a number, and PW1 is changed and
// unblocked under 81 alone.
extension OpenPGPApplication {
    /// `6982` is what cards say of a wrong password; 7.2.2 to 7.2.4.
    public static func standardized(_ status: StatusWord) -> StatusWord {
        status == .securityStatusNotSatisfied ? .authenticationFailed : status
    }

    /// VERIFY without data (7.2.2), and the counter of the status bytes where a card does not know that, as before version 3, or says that
    /// somebody is logged in.
    ///
    /// - Throws: ``CardError`` of the channel.
    public func state(of pin: CardPIN) async throws(CardError) -> PINState {
        let state: PINState =
            pin.id == OpenPGPPINs.resettingCode ? .unknown : PINState(try await channel.statusOfPIN(reference: pin.id))
        guard state == .unknown || state == .verified else { return state }
        let answer = try await channel.data(0xC4, within: TimeBudget(.seconds(60)))
        guard answer.status == .success, let status = try? OpenPGPPasswordStatus(parsing: answer.data) else { return state }
        let counted = status.state(of: pin.id)
        guard state == .verified else { return counted }
        // Somebody is logged in under one name of PW1, and wrong ones under the other count all the same.
        return counted == .triesLeft(1) || counted == .blocked ? counted : state
    }

    /// VERIFY, and after a wrong one the question for the tries that are left; 7.2.2.
    ///
    /// - Throws: ``CardError``.
    public func verify(_ secret: consuming SecretBytes, as pin: CardPIN) async throws(CardError) -> PINOutcome {
        guard pin.id != OpenPGPPINs.resettingCode else { throw CardError(.notSupported, "verifying \(pin.label)") }
        let command = try pin.rules.verifyCommand(for: secret, subject: pin.label)
        return try await counted(try outcome(try await channel.send(command), subject: pin.label), of: pin)
    }

    /// CHANGE REFERENCE DATA: old and new behind each other; 7.2.3.
    ///
    /// - Throws: ``CardError``; ``CardError/Code/notSupported`` for the resetting code, which is set with PW3.
    public func change(
        _ pin: CardPIN, from old: consuming SecretBytes, to new: consuming SecretBytes
    ) async throws(CardError) -> PINOutcome {
        guard pin.id != OpenPGPPINs.resettingCode else { throw CardError(.notSupported, "changing \(pin.label)") }
        let command = try PINRules.command(0x24, p2: reference(of: pin), old, pin.rules, then: new, pin.rules, subject: pin.label)
        return try await counted(try outcome(try await channel.send(command), subject: pin.label), of: pin)
    }

    /// RESET RETRY COUNTER of PW1: with the resetting code in front of the new PIN, or after VERIFY of PW3 on a card that
    /// has no such code; 7.2.4.
    ///
    /// - Throws: ``CardError``; ``CardError/Code/notSupported`` for the others, which nothing unblocks.
    public func unblock(
        _ pin: CardPIN, with puk: consuming SecretBytes, to new: consuming SecretBytes
    ) async throws(CardError) -> PINOutcome {
        guard let rules = pin.unblocking, let unblocking = pins.first(where: { $0.id == rules.reference }) else {
            throw CardError(.notSupported, "unblocking \(pin.label)")
        }
        if rules.reference == OpenPGPPINs.resettingCode {
            let command = try PINRules.command(0x2C, p2: 0x81, puk, rules, then: new, pin.rules, subject: pin.label)
            return try await counted(try outcome(try await channel.send(command), subject: pin.label), of: unblocking)
        }
        // Made first: a new PIN that the card cannot have is refused before PW3 is sent.
        let command = try pin.rules.command(0x2C, p1: 0x02, p2: 0x81, for: new, subject: "the new \(pin.label)")
        let login = try await verify(puk, as: unblocking)
        guard login == .accepted else { return login }
        let status = try await channel.send(command)
        guard status == .success else { throw CardError(.refused(status), "unblocking \(pin.label)") }
        return .accepted
    }

    /// Under which reference a password is changed.
    private func reference(of pin: CardPIN) -> UInt8 { pin.role == .administrator ? OpenPGPPINs.administrator : 0x81 }

    /// A refusal with the number that the card did not give with it, of `pin`.
    private func counted(_ outcome: PINOutcome, of pin: CardPIN) async throws(CardError) -> PINOutcome {
        guard outcome == .wrong(triesLeft: nil) else { return outcome }
        // That it was wrong is known, whatever becomes of the question.
        switch try? await state(of: pin) {
        case .triesLeft(let tries): return .wrong(triesLeft: tries)
        case .blocked: return .blocked
        default: return outcome
        }
    }
}

// The same with a reader's own keys.
extension OpenPGPApplication {
    /// VERIFY; 7.2.2.
    ///
    /// - Throws: ``CardError`` of the pinpad; ``CardError/Code/notSupported`` for the resetting code.
    public func verify(on pinpad: any Pinpad, as pin: CardPIN) async throws(CardError) -> PINOutcome {
        guard pin.id != OpenPGPPINs.resettingCode else { throw CardError(.notSupported, "verifying \(pin.label)") }
        let status = try await pinpad.verify(pin.rules.block(instruction: 0x20, p2: pin.id, subject: pin.label))
        return try await counted(try outcome(status, subject: pin.label), of: pin)
    }

    /// CHANGE REFERENCE DATA, of PW1 under 81 alone; 7.2.3.
    ///
    /// - Throws: ``CardError`` of the pinpad; ``CardError/Code/notSupported`` for the resetting code.
    public func change(_ pin: CardPIN, on pinpad: any Pinpad) async throws(CardError) -> PINOutcome {
        guard pin.id != OpenPGPPINs.resettingCode else { throw CardError(.notSupported, "changing \(pin.label)") }
        let block = try pin.rules.block(instruction: 0x24, p2: reference(of: pin), subject: pin.label)
        return try await counted(try outcome(try await pinpad.change(block, new: block), subject: pin.label), of: pin)
    }

    /// RESET RETRY COUNTER of PW1 with the resetting code; 7.2.4.
    ///
    /// - Throws: ``CardError`` of the pinpad; ``CardError/Code/notSupported`` with PW3: that takes two commands, and readers
    ///   fill in one.
    public func unblock(_ pin: CardPIN, on pinpad: any Pinpad) async throws(CardError) -> PINOutcome {
        guard let rules = pin.unblocking, let unblocking = pins.first(where: { $0.id == rules.reference }) else {
            throw CardError(.notSupported, "unblocking \(pin.label)")
        }
        guard rules.reference == OpenPGPPINs.resettingCode else {
            throw CardError(
                .notSupported, "unblocking \(pin.label) on the reader's keys",
                detail: "\(unblocking.label) goes in a command of its own: type both on the keyboard")
        }
        let code = try rules.block(instruction: 0x2C, p2: 0x81, subject: unblocking.label)
        let new = try pin.rules.block(instruction: 0x2C, p2: 0x81, subject: pin.label)
        let status = try await pinpad.change(code, new: new)
        return try await counted(try outcome(status, subject: pin.label), of: unblocking)
    }
}

extension CardChannel {
    /// GET DATA of one data object; OpenPGP card 3.4.1, 7.2.6.
    func data(_ tag: UInt16, within budget: TimeBudget) async throws(CardError) -> ResponseAPDU {
        try await send(CommandAPDU(instruction: 0xCA, p1: UInt8(tag >> 8), p2: UInt8(tag & 0xFF), expectedLength: 256), within: budget)
    }
}
