internal import ISO7816
internal import Secrets

/// The right to manage a PIV card, and how it is won; SP 800-73-4 part 2, 3.2.4 and A.1.
///
/// What is asked for in one command is answered in the very next one, or it is void.
struct PIVManagerLogin: Sendable {
    /// What the card waits for.
    enum Pending: Sendable {
        /// The encryption of this challenge (tag `82`).
        case response(to: [UInt8])
        /// This witness, which went out encrypted (tag `80`).
        case witness([UInt8])
    }

    /// Whether somebody has shown the management key.
    private(set) var isOpen = false
    private var pending: Pending?

    /// Ends the login.
    mutating func forget() { self = PIVManagerLogin() }

    /// What the last command left open, for this one alone.
    mutating func takePending() -> Pending? { pending.take() }

    /// Answers a GENERAL AUTHENTICATE for reference 9B.
    ///
    /// - Parameters:
    ///   - key: `nil` when it was destroyed: then there are challenges for whoever wants random numbers, as OpenSC does, and
    ///     no answer is right.
    ///   - pending: what the command before left open.
    mutating func answer(
        _ command: CommandAPDU, key: PIVManagementKey?, pending: Pending?, randomness: inout some RandomNumberGenerator
    ) -> ResponseAPDU {
        // 00 stands for triple DES; SP 800-78-5, table 9.
        let algorithm = PIVManagementKey.Algorithm(rawValue: command.p1 == 0 ? 0x03 : command.p1)
        guard let algorithm, algorithm == key?.algorithm ?? .tripleDES else { return .status(.wrongParameters) }
        guard let template = try? TLV(parsingFirstOf: command.data), template.tag == 0x7C, let objects = try? template.children() else {
            return .status(.wrongData)
        }
        var block: [UInt8] { (0..<algorithm.blockLength).map { _ in UInt8.random(in: 0...255, using: &randomness) } }
        if objects.first(0x81) == [] {
            let challenge = block
            self.pending = .response(to: challenge)
            return Self.template(0x81, challenge)
        }
        guard let key else { return .status(.securityStatusNotSatisfied) }
        if objects.first(0x80) == [] {
            let witness = block
            guard let encrypted = key.encrypted(witness) else { return .status(.securityStatusNotSatisfied) }
            self.pending = .witness(witness)
            return Self.template(0x80, encrypted)
        }
        isOpen = false
        if let response = objects.first(0x82), !response.isEmpty, case .response(let challenge) = pending,
            let expected = key.encrypted(challenge), constantTimeEquals(response, expected)
        {
            isOpen = true
            return .status(.success)
        }
        if let witness = objects.first(0x80), let challenge = objects.first(0x81), case .witness(let own) = pending,
            constantTimeEquals(witness, own), let response = key.encrypted(challenge)
        {
            isOpen = true
            return Self.template(0x82, response)
        }
        return .status(.securityStatusNotSatisfied)
    }

    /// A dynamic authentication template with one object.
    private static func template(_ tag: UInt32, _ value: [UInt8]) -> ResponseAPDU {
        .success(TLV(0x7C, containing: [TLV(tag, value)]).encoded)
    }
}
