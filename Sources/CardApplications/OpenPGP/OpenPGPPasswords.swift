import CardProfiles
public import ISO7816
public import Secrets

// What OpenPGP cards do differently with their passwords: a wrong one is 6982 without a number, and PW1 is changed and
// unblocked under 81 alone.
extension OpenPGPApplication {
    /// VERIFY without data (7.2.2), or the counter of the status bytes where a card does not know that, as before version 3.
    ///
    /// - Throws: ``CardError`` of the channel.
    public func state(of pin: CardPIN) async throws(CardError) -> PINState {
        if pin.id != OpenPGPPINs.resettingCode {
            let state = try await channel.pinState(reference: pin.id)
            guard state == .unknown else { return state }
        }
        let answer = try await channel.data(0xC4, within: TimeBudget(.seconds(60)))
        guard answer.status == .success, let status = try? OpenPGPPasswordStatus(parsing: answer.data) else { return .unknown }
        return status.state(of: pin.id)
    }

    /// VERIFY, and after a wrong one the question for the tries that are left; 7.2.2.
    ///
    /// - Throws: ``CardError``.
    public func verify(_ secret: consuming SecretBytes, as pin: CardPIN) async throws(CardError) -> PINOutcome {
        guard pin.id != OpenPGPPINs.resettingCode else { throw CardError(.notSupported, "verifying \(pin.label)") }
        let command = try pin.rules.verifyCommand(for: secret, subject: pin.label)
        return try await counted(try PINOutcome(try await channel.send(command), subject: pin.label), of: pin)
    }

    /// CHANGE REFERENCE DATA: old and new behind each other; 7.2.3.
    ///
    /// - Throws: ``CardError``; ``CardError/Code/notSupported`` for the resetting code, which is set with PW3.
    public func change(
        _ pin: CardPIN, from old: consuming SecretBytes, to new: consuming SecretBytes
    ) async throws(CardError) -> PINOutcome {
        guard pin.id != OpenPGPPINs.resettingCode else { throw CardError(.notSupported, "changing \(pin.label)") }
        let reference = pin.role == .administrator ? OpenPGPPINs.administrator : 0x81
        let command = try PINRules.command(0x24, p2: reference, old, pin.rules, then: new, pin.rules, subject: pin.label)
        return try await counted(try PINOutcome(try await channel.send(command), subject: pin.label), of: pin)
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
            return try await counted(try PINOutcome(try await channel.send(command), subject: pin.label), of: unblocking)
        }
        // Made first: a new PIN that the card cannot have is refused before PW3 is sent.
        let command = try pin.rules.command(0x2C, p1: 0x02, p2: 0x81, for: new, subject: "the new \(pin.label)")
        let outcome = try await verify(puk, as: unblocking)
        guard outcome == .accepted else { return outcome }
        let status = try await channel.send(command)
        guard status == .success else { throw CardError(.refused(status), "unblocking \(pin.label)") }
        return .accepted
    }

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

extension CardChannel {
    /// GET DATA of one data object; OpenPGP card 3.4.1, 7.2.6.
    func data(_ tag: UInt16, within budget: TimeBudget) async throws(CardError) -> ResponseAPDU {
        try await send(CommandAPDU(instruction: 0xCA, p1: UInt8(tag >> 8), p2: UInt8(tag & 0xFF), expectedLength: 256), within: budget)
    }
}
