public import CardProfiles
import ISO7816
public import Secrets

extension PINRules {
    /// Whether a card can have `pin`: its length, padded too, and its characters.
    public func admits(_ pin: borrowing SecretBytes) -> Bool { fault(in: pin) == nil }

    /// What a PIN has that the card's cannot have.
    private enum Fault {
        case length, alphabet
    }

    private func fault(in pin: borrowing SecretBytes) -> Fault? {
        guard lengths.contains(pin.count), pin.count <= padding?.length ?? pin.count else { return .length }
        let suits = pin.withBytes { bytes in
            bytes.byteOffsets.allSatisfy { admits(unsafe bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self)) }
        }
        return suits ? nil : .alphabet
    }

    private func admits(_ character: UInt8) -> Bool {
        switch alphabet {
        case .any: true
        case .digits: (0x30...0x39).contains(character)
        case .hexadecimal: (0x30...0x39).contains(character) || (0x61...0x66).contains(character | 0x20)
        }
    }

    /// The one VERIFY for `pin`, padded as the card wants it.
    ///
    /// - Throws: ``CardError/Code/unsuitablePIN`` before anything is made, when the card cannot have such a PIN.
    func verifyCommand(for pin: consuming SecretBytes, subject: String) throws(CardError) -> SensitiveCommand {
        try command(0x20, p2: reference, for: pin, subject: subject)
    }

    /// A command with one of them: VERIFY, or RESET RETRY COUNTER by somebody who has verified another.
    ///
    /// - Throws: ``CardError/Code/unsuitablePIN`` before anything is made, when the card cannot have such a PIN.
    func command(
        _ instruction: UInt8, p1: UInt8 = 0, p2: UInt8, for pin: consuming SecretBytes, subject: String
    ) throws(CardError) -> SensitiveCommand {
        let body = try padded(pin, subject: subject)
        do { return try SensitiveCommand.making(instruction: instruction, p1: p1, p2: p2, body: body) } catch {
            throw Self.unmade(error, subject)
        }
    }

    /// A command with two of them behind each other: CHANGE REFERENCE DATA, RESET RETRY COUNTER.
    ///
    /// - Throws: ``CardError/Code/unsuitablePIN`` before anything is made, when the card cannot have one of them.
    static func command(
        _ instruction: UInt8, p2 reference: UInt8, _ first: consuming SecretBytes, _ firstRules: PINRules,
        then second: consuming SecretBytes, _ secondRules: PINRules, subject: String
    ) throws(CardError) -> SensitiveCommand {
        var body = try firstRules.padded(first, subject: subject)
        let new = try secondRules.padded(second, subject: "the new \(subject)")
        do {
            try body.append(new)
            return try SensitiveCommand.making(instruction: instruction, p2: reference, body: body)
        } catch {
            throw unmade(error, subject)
        }
    }

    /// `pin` as it travels.
    private func padded(_ pin: consuming SecretBytes, subject: String) throws(CardError) -> SecretBytes {
        switch fault(in: pin) {
        case .length?: throw CardError(.unsuitablePIN, subject, detail: "it has \(lengths.lowerBound) to \(lengths.upperBound) characters")
        case .alphabet?:
            throw CardError(.unsuitablePIN, subject, detail: "it consists of \(alphabet == .digits ? "digits" : "hexadecimal digits")")
        case nil: break
        }
        guard alphabet != .hexadecimal else {
            let bytes: SecretBytes?
            do {
                bytes = try pin.withBytes { digits throws(SecretBytesError) in
                    try unsafe digits.withUnsafeBytes { (digits) throws(SecretBytesError) in try unsafe SecretText.hexadecimal(digits) }
                }
            } catch {
                throw Self.unmade(error, subject)
            }
            guard let bytes else { throw CardError(.unsuitablePIN, subject, detail: "two hexadecimal digits make a byte") }
            return bytes
        }
        if let padding {
            do { try pin.append(contentsOf: repeatElement(padding.byte, count: padding.length - pin.count)) } catch {
                throw Self.unmade(error, subject)
            }
        }
        return pin
    }

    /// Why a command with a PIN could not be made; nothing was sent.
    private static func unmade(_ error: any Error, _ subject: String) -> CardError {
        let isTooLong = error as? APDUError == .tooLong || error as? SecretBytesError == .full
        return CardError(.notSupported, subject, detail: isTooLong ? "one command holds 1 to 255 bytes" : "memory for a PIN was refused")
    }
}
