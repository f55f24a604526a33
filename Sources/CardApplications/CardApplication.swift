import CardProfiles
public import ISO7816
public import Secrets

/// An application on a card that is open and selected: its keys, its PIN, its signatures.
///
/// It is worth as much as the channel that it was opened on: after a reset or a SELECT by somebody else, open anew.
/// Nothing here is ever repeated by itself: a VERIFY may cost a try, and a signature is somebody's word.
public protocol CardApplication: Sendable {
    /// What the application's standard calls it: "PIV".
    static var name: String { get }

    /// The keys with a certificate, in the card's order, as read on opening.
    var keys: [CardKey] { get }

    /// What the card holds but Tessera cannot use, and why: a compressed certificate, a curve that it does not know.
    var unusable: [CardError] { get }

    /// What the card says of itself, and the family that it belongs to.
    var identity: CardIdentity { get }

    /// The PINs and PUKs that the card has, as far as its standard, its files or its profile tell.
    var pins: [CardPIN] { get }

    /// The channel that the application was opened on.
    var channel: any CardChannel { get }

    /// What the card says of itself with whatever that costs: its number, where it has one.
    ///
    /// - Throws: ``CardError`` of the channel, or when the card says what cannot be.
    func identified() async throws(CardError) -> CardIdentity

    /// Keys that are no longer in use but for decrypting what was encrypted with them; read when somebody asks.
    ///
    /// - Throws: ``CardError`` of the channel, or when the card says what cannot be.
    func keyHistory() async throws(CardError) -> KeyHistory

    /// The same application with the keys for `roles`, too; what was read before is not read again.
    ///
    /// - Throws: ``CardError`` of the channel.
    func adding(keysFor roles: Set<CardKey.Role>, within budget: TimeBudget) async throws(CardError) -> Self

    /// The PIN that guards `key`; `nil` when it works without one.
    ///
    /// - Throws: ``CardError/Code/notSupported`` for a key of another card.
    func pin(for key: CardKey) throws(CardError) -> CardPIN?

    /// What the card's answer to a PIN command would be if it spoke as ISO/IEC 7816-4, 11.5.6, does: `63Cx` or `6300` for a wrong one.
    static func standardized(_ status: StatusWord) -> StatusWord

    /// Asks for the state of a PIN; costs no try.
    ///
    /// - Throws: ``CardError`` of the channel.
    func state(of pin: CardPIN) async throws(CardError) -> PINState

    /// Presents `secret` as `pin` to the card, once, padded as the card wants it, with exactly one VERIFY.
    ///
    /// - Throws: ``CardError/Code/unsuitablePIN`` for a length or alphabet that the card cannot have, before anything is
    ///   sent; otherwise ``CardError`` of the channel, after which a try may have been spent.
    func verify(_ secret: consuming SecretBytes, as pin: CardPIN) async throws(CardError) -> PINOutcome

    /// Sets `pin` anew, knowing the old one; once. A wrong old PIN costs a try.
    ///
    /// - Throws: as ``verify(_:as:)``, for either of the two.
    func change(_ pin: CardPIN, from old: consuming SecretBytes, to new: consuming SecretBytes) async throws(CardError) -> PINOutcome

    /// Sets a PIN that may be blocked anew, with its PUK; once. A wrong PUK costs one of its own tries, which the outcome counts.
    ///
    /// - Throws: as ``verify(_:as:)``; ``CardError/Code/notSupported`` where no PUK is known for `pin`.
    func unblock(_ pin: CardPIN, with puk: consuming SecretBytes, to new: consuming SecretBytes) async throws(CardError) -> PINOutcome

    /// Has `pin` entered on a reader's keys, and presented once.
    ///
    /// - Throws: ``CardError`` of the pinpad: when nobody entered it, nothing was sent and no try was spent.
    func verify(on pinpad: any Pinpad, as pin: CardPIN) async throws(CardError) -> PINOutcome

    /// Has `pin` and a new one entered on a reader's keys, once.
    ///
    /// - Throws: ``CardError`` of the pinpad, also when the new one was not entered twice alike.
    func change(_ pin: CardPIN, on pinpad: any Pinpad) async throws(CardError) -> PINOutcome

    /// Has the PUK and a new PIN entered on a reader's keys, once.
    ///
    /// - Throws: as ``change(_:on:)``; ``CardError/Code/notSupported`` where no PUK is known for `pin`, or where PUK and PIN do
    ///   not travel in one command.
    func unblock(_ pin: CardPIN, on pinpad: any Pinpad) async throws(CardError) -> PINOutcome

    /// The same application on another channel to the same card: selects it, and reads nothing again.
    ///
    /// Only for a card that a ``CardWitness`` vouches for.
    ///
    /// - Throws: ``CardError`` of the channel, or when the card refuses the SELECT.
    func resumed(on channel: any CardChannel) async throws(CardError) -> Self

    /// Signs a digest: RSA with PKCS#1 v1.5 padding, or ECDSA as DER (`ECDSA-Sig-Value`, RFC 3279, 2.2.3).
    ///
    /// - Parameter digest: SHA-256 (32 bytes) or SHA-384 (48 bytes); with EC, the one that has the size of the curve.
    /// - Throws: ``CardError/Code/refused(_:)`` with `6982` or `6985` where a PIN is wanted first;
    ///   ``CardError/Code/notSupported`` where this key cannot sign such a digest.
    func sign(digest: [UInt8], with key: CardKey) async throws(CardError) -> [UInt8]

    /// Signs a message as it is, with a key that hashes by itself: Ed25519 (RFC 8032, 5.1.6).
    ///
    /// - Throws: as ``sign(digest:with:)``; ``CardError/Code/notSupported`` for any other key.
    func sign(unhashed message: [UInt8], with key: CardKey) async throws(CardError) -> [UInt8]
}

extension CardApplication {
    /// What the application's standard calls it: ``name``, of a value whose type is not known.
    public var name: String { Self.name }

    /// Asks for the state of the PIN that guards `key`; costs no try.
    ///
    /// - Throws: ``CardError`` of the channel; ``CardError/Code/notSupported`` for a key of another card.
    public func pinState(for key: CardKey) async throws(CardError) -> PINState {
        guard let pin = try pin(for: key) else { return .notNeeded }
        return try await state(of: pin)
    }

    /// Presents `secret` as the PIN that guards `key`.
    ///
    /// - Throws: as ``verify(_:as:)``; ``CardError/Code/notSupported`` for a key that needs none.
    public func verify(_ secret: consuming SecretBytes, for key: CardKey) async throws(CardError) -> PINOutcome {
        guard let pin = try pin(for: key) else { throw CardError(.notSupported, "a PIN for \(key.label), which needs none") }
        return try await verify(secret, as: pin)
    }
}

// What holds for an application that has nothing of the kind, or has read all there is.
extension CardApplication {
    /// What is known already.
    ///
    /// - Throws: nothing.
    public func identified() async throws(CardError) -> CardIdentity { identity }

    /// Nothing.
    ///
    /// - Throws: nothing.
    public func keyHistory() async throws(CardError) -> KeyHistory { KeyHistory() }

    /// Opens the card anew, for the old and the new roles.
    ///
    /// - Throws: ``CardError``; ``CardError/Code/unknownCard`` when it is now something else.
    public func adding(keysFor roles: Set<CardKey.Role>, within budget: TimeBudget) async throws(CardError) -> Self {
        let all = roles.union(keys.map(\.role))
        guard let opened = try await CardApplications.open(on: channel, for: all, within: budget) as? Self else {
            throw CardError(.unknownCard, "ATR \(channel.atr)", detail: "it was \(name) before")
        }
        return opened
    }

    /// No key of this application hashes by itself.
    ///
    /// - Throws: ``CardError/Code/notSupported``.
    public func sign(unhashed message: [UInt8], with key: CardKey) async throws(CardError) -> [UInt8] {
        throw CardError(.notSupported, "a message with \(key.algorithm) key \"\(key.label)\"")
    }
}

// What ISO/IEC 7816-4 says, for every application that does as it says.
extension CardApplication {
    /// The status as it is.
    public static func standardized(_ status: StatusWord) -> StatusWord { status }

    /// VERIFY without data; ISO/IEC 7816-4, 11.5.6.
    ///
    /// - Throws: ``CardError`` of the channel.
    public func state(of pin: CardPIN) async throws(CardError) -> PINState {
        PINState(Self.standardized(try await channel.statusOfPIN(reference: pin.id)))
    }

    /// What became of a PIN, by the card's answer to the command that brought it.
    ///
    /// - Throws: ``CardError/Code/refused(_:)`` for a status that says nothing about the PIN.
    func outcome(_ status: StatusWord, subject: String) throws(CardError) -> PINOutcome {
        try PINOutcome(Self.standardized(status), subject: subject)
    }

    /// VERIFY; ISO/IEC 7816-4, 11.5.6.
    ///
    /// - Throws: ``CardError``.
    public func verify(_ secret: consuming SecretBytes, as pin: CardPIN) async throws(CardError) -> PINOutcome {
        let subject = pin.label
        return try outcome(try await channel.send(try pin.rules.verifyCommand(for: secret, subject: subject)), subject: subject)
    }

    /// CHANGE REFERENCE DATA: old and new PIN behind each other, each padded; ISO/IEC 7816-4, 11.5.7.
    ///
    /// - Throws: ``CardError``; ``CardError/Code/notSupported`` for a PIN that the card lets nobody change.
    public func change(
        _ pin: CardPIN, from old: consuming SecretBytes, to new: consuming SecretBytes
    ) async throws(CardError) -> PINOutcome {
        let subject = pin.label
        try pin.mayBeChanged()
        let command = try PINRules.command(0x24, p2: pin.id, old, pin.rules, then: new, pin.rules, subject: subject)
        return try outcome(try await channel.send(command), subject: subject)
    }

    /// RESET RETRY COUNTER: PUK and new PIN behind each other, each padded; ISO/IEC 7816-4, 11.5.10.
    ///
    /// - Throws: ``CardError``.
    public func unblock(
        _ pin: CardPIN, with puk: consuming SecretBytes, to new: consuming SecretBytes
    ) async throws(CardError) -> PINOutcome {
        let subject = pin.label
        guard let unblocking = pin.unblocking else { throw CardError(.notSupported, "unblocking \(subject): no PUK is known for it") }
        let command = try PINRules.command(0x2C, p2: pin.id, puk, unblocking, then: new, pin.rules, subject: subject)
        return try outcome(try await channel.send(command), subject: subject)
    }
}

/// What a card says of a PIN when it is asked with an empty VERIFY; ISO/IEC 7816-4, 11.5.6.
public enum PINState: Hashable, Sendable {
    /// The key works without one.
    case notNeeded
    /// It has been verified, and that still holds.
    case verified
    /// It has not, or the card does not tell; so many wrong ones in a row are left, counting the next.
    case triesLeft(Int)
    /// No tries are left.
    case blocked
    /// There is nothing to compare with: it was never set, or was made invalid (`6984`).
    case notUsable
    /// The card does not answer the question.
    case unknown

    /// Reads the answer to VERIFY without data.
    public init(_ status: StatusWord) {
        switch status {
        case .success: self = .verified
        case .authenticationBlocked: self = .blocked
        case .referenceDataNotUsable: self = .notUsable
        case .wrongPIN: self = status.triesLeft.map { $0 == 0 ? .blocked : .triesLeft($0) } ?? .unknown
        default: self = .unknown
        }
    }
}

/// What became of a PIN that was presented.
public enum PINOutcome: Hashable, Sendable {
    /// It was right.
    case accepted
    /// It was wrong; so many tries are left, or `nil` when the card does not say.
    case wrong(triesLeft: Int?)
    /// It was wrong, or not even looked at: no tries are left.
    case blocked

    /// Reads the answer to VERIFY with data.
    ///
    /// - Throws: ``CardError/Code/refused(_:)`` for a status that says nothing about the PIN.
    public init(_ status: StatusWord, subject: String) throws(CardError) {
        switch status {
        case .success: self = .accepted
        case .authenticationBlocked: self = .blocked
        case .wrongPIN: self = status.triesLeft == 0 ? .blocked : .wrong(triesLeft: status.triesLeft)
        // Without a number.
        case .authenticationFailed: self = .wrong(triesLeft: nil)
        // Not compared at all: a condition is missing, such as secure messaging, or contacts.
        case .securityStatusNotSatisfied:
            throw CardError(
                .refused(status), subject,
                remedy: "the card wants something before it looks at a PIN; try a reader with contacts, or ask who issued the card")
        default: throw CardError(.refused(status), subject)
        }
    }
}
