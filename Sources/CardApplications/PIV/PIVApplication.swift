import CardProfiles
public import ISO7816

/// The PIV card application; NIST SP 800-73-4, part 2.
public struct PIVApplication: CardApplication {
    /// As NIST abbreviates it.
    public static let name = "PIV"

    /// The keys that have a certificate, in the order of their references.
    public let keys: [CardKey]
    /// Slots whose certificate Tessera cannot use, and why.
    public let unusable: [CardError]
    /// The channel that it was opened on.
    public let channel: any CardChannel
    /// What the card is; ``identified()`` adds its number.
    public var identity: CardIdentity { CardIdentity(profile: .piv) }
    /// The PINs that open keys, the primary one first, and the PUK of the application PIN; part 1, table 2, and part 2, 2.4.3.
    public var pins: [CardPIN] { discovery.pins + [.pivUnblocking] }
    private let roles: Set<CardKey.Role>
    private let discovery: PIVDiscovery
    private let limits: LengthLimits

    /// Whether the answer to SELECT is PIV's: empty, or an application property template; part 2, 3.1.1, table 3.
    static func isPIV(_ answer: [UInt8]) -> Bool {
        guard !answer.isEmpty else { return true }
        return (try? TLV(parsingFirstOf: answer))?.tag == 0x61
    }

    /// Opens what a card says is PIV.
    ///
    /// Some cards answer 9000 to every SELECT: an empty answer counts only with a key behind it.
    static func open(_ selected: ApplicationKind.Selected) async throws(CardError) -> (any CardApplication)? {
        guard isPIV(selected.answer) else { return nil }
        let application = try await PIVApplication(
            on: selected.channel, for: selected.roles, limits: selected.limits, within: selected.budget)
        return selected.answer.isEmpty && application.keys.isEmpty ? nil : application
    }

    /// Reads the certificates of a card whose PIV application is selected, and which PIN opens their keys.
    ///
    /// - Parameters:
    ///   - roles: only keys for these are looked for; each costs one to four commands.
    ///   - limits: how long commands to this card may be.
    ///   - budget: how long all of it may take.
    /// - Throws: ``CardError`` of the channel.
    init(
        on channel: any CardChannel, for roles: Set<CardKey.Role>, limits: LengthLimits, within budget: TimeBudget
    ) async throws(CardError) {
        let nothing = PIVApplication(keys: [], unusable: [], channel: channel, roles: [], discovery: .absent, limits: limits)
        self = try await nothing.adding(keysFor: roles, within: budget)
    }

    private init(
        keys: [CardKey], unusable: [CardError], channel: any CardChannel, roles: Set<CardKey.Role>, discovery: PIVDiscovery,
        limits: LengthLimits
    ) {
        self.keys = keys
        self.unusable = unusable
        self.channel = channel
        self.roles = roles
        self.discovery = discovery
        self.limits = limits
    }

    /// Reads what ``keys`` lack for `roles`: one GET DATA a slot, and once the discovery object when a PIN will be wanted.
    ///
    /// - Throws: ``CardError`` of the channel.
    public func adding(keysFor roles: Set<CardKey.Role>, within budget: TimeBudget) async throws(CardError) -> PIVApplication {
        var keys = keys
        var unusable = unusable
        var limits = limits
        for slot in PIVSlot.current where roles.contains(slot.role) && !self.roles.contains(slot.role) {
            do {
                if let key = try await channel.pivKey(in: slot, limits: &limits, within: budget) { keys.append(key) }
            } catch  where error.concernsOneObject {
                unusable.append(error)
            }
        }
        var discovery = discovery
        if keys.contains(where: \.needsPIN), !self.keys.contains(where: \.needsPIN) {
            do {
                let subject = "the discovery object"
                if let object = try await channel.pivObject([0x7E], named: subject, limits: &limits, within: budget) {
                    discovery = try parsing(subject) { () throws(TLVError) in try PIVDiscovery(parsing: object) }
                }
            } catch  where error.concernsOneObject {
                // A card that refuses it says nothing of another PIN; one that answers nonsense is told.
                if error.code == .malformedAnswer { unusable.append(error) }
            }
        }
        let order = PIVSlot.current.map { [$0.reference] }
        keys.sort { (order.firstIndex(of: $0.id) ?? 0) < (order.firstIndex(of: $1.id) ?? 0) }
        return PIVApplication(
            keys: keys, unusable: unusable, channel: channel, roles: self.roles.union(roles), discovery: discovery, limits: limits)
    }

    /// The card's number, which is the GUID in its CHUID (16 bytes), for one GET DATA.
    ///
    /// Part 1, 3.1.2 and table 9. Cards of before (SP 800-73-3) have zeros there, and the FASC-N (25 bytes) as their number.
    ///
    /// - Throws: ``CardError`` of the channel, or when the CHUID is none; a card without one has no number.
    public func identified() async throws(CardError) -> CardIdentity {
        var limits = limits
        let content = try await channel.pivContent(
            [0x5F, 0xC1, 0x02], named: "the CHUID", limits: &limits, within: TimeBudget(.seconds(60)))
        func number(in tag: UInt32, count: Int) -> [UInt8]? {
            content?.first(tag).flatMap { $0.count == count && $0.contains { $0 != 0 } ? $0 : nil }
        }
        return CardIdentity(profile: .piv, serialNumber: number(in: 0x34, count: 16) ?? number(in: 0x30, count: 25))
    }

    /// The keys of earlier certificates, which decrypt what was encrypted then: key history, then one GET DATA each.
    ///
    /// One that cannot be read is left out. Part 1, 3.3.3.
    ///
    /// - Throws: ``CardError`` of the channel, or when the key history is none.
    public func keyHistory() async throws(CardError) -> KeyHistory {
        var limits = limits
        let budget = TimeBudget(.seconds(120))
        let subject = "the key history"
        guard let content = try await channel.pivContent([0x5F, 0xC1, 0x0C], named: subject, limits: &limits, within: budget) else {
            return KeyHistory()
        }
        let history = try parsing(subject) { () throws(TLVError) in try PIVKeyHistory(parsing: content) }
        var keys: [CardKey] = []
        for slot in history.slots {
            do {
                if let key = try await channel.pivKey(in: slot, limits: &limits, within: budget) { keys.append(key) }
            } catch  where error.concernsOneObject {}
        }
        return KeyHistory(keys: keys, elsewhere: history.elsewhere, place: history.place)
    }

    /// The primary PIN, for every key but that of card authentication.
    ///
    /// - Throws: ``CardError/Code/notSupported`` for a key of another card.
    public func pin(for key: CardKey) throws(CardError) -> CardPIN? { try slot(of: key).needsPIN ? discovery.pins.first : nil }

    /// Older applets, such as a YubiKey NEO's, leave the nibble `C` out of `63Cx`: `6302` is two tries left.
    ///
    /// `6300` stays without a number.
    public static func standardized(_ status: StatusWord) -> StatusWord {
        (0x6301...0x630F).contains(status.rawValue) ? StatusWord(rawValue: status.rawValue | 0x00C0) : status
    }

    /// SELECT, and nothing more.
    ///
    /// - Throws: ``CardError``.
    public func resumed(on channel: any CardChannel) async throws(CardError) -> PIVApplication {
        try await channel.reselect(application: CardProfile.piv.applicationID.value, named: "the PIV application")
        return PIVApplication(keys: keys, unusable: unusable, channel: channel, roles: roles, discovery: discovery, limits: limits)
    }

    /// GENERAL AUTHENTICATE over the padded digest (RSA) or the digest (ECC); part 2, appendix A.3.
    ///
    /// - Throws: ``CardError``.
    public func sign(digest: [UInt8], with key: CardKey) async throws(CardError) -> [UInt8] {
        let slot = try slot(of: key)
        let input = try SignatureInput(digest, for: key)
        switch key.algorithm {
        case .rsa(let bits):
            let signature = try await generalAuthenticate(slot, with: key, challenge: input.padded(toBits: bits))
            return try Self.checked(signature, count: bits / 8, of: key, in: slot)
        case .p256:
            let signature = try await generalAuthenticate(slot, with: key, challenge: input.digest)
            return try ECDSASignature.der(from: signature, scalarBytes: 32, subject: Self.subject(slot))
        case .p384:
            let signature = try await generalAuthenticate(slot, with: key, challenge: input.digest)
            return try ECDSASignature.der(from: signature, scalarBytes: 48, subject: Self.subject(slot))
        case .ed25519, .x25519: throw CardError(.notSupported, "a digest with \(key.algorithm) key \"\(key.label)\"")
        }
    }

    /// GENERAL AUTHENTICATE over the whole message, with an Ed25519 key: an extension of Yubico's, in no version of the standard.
    ///
    /// - Throws: ``CardError``; a card takes as much as its memory holds, and refuses more.
    public func sign(unhashed message: [UInt8], with key: CardKey) async throws(CardError) -> [UInt8] {
        let slot = try slot(of: key)
        guard key.algorithm == .ed25519 else { throw CardError(.notSupported, "a message with \(key.algorithm) key \"\(key.label)\"") }
        return try Self.checked(try await generalAuthenticate(slot, with: key, challenge: message), count: 64, of: key, in: slot)
    }

    /// GENERAL AUTHENTICATE: a challenge (tag 81) for a response (tag 82); part 2, 3.2.4 and appendix A.3.
    ///
    /// One exchange, so that nothing comes between it and the VERIFY that a key may want just before.
    private func generalAuthenticate(_ slot: PIVSlot, with key: CardKey, challenge: [UInt8]) async throws(CardError) -> [UInt8] {
        guard let algorithm = PIVAlgorithm(key.algorithm) else { throw CardError(.notSupported, "\(key.algorithm) in PIV") }
        let template = TLV(0x7C, containing: [TLV(0x82, []), TLV(0x81, challenge)])
        var command = CommandAPDU(
            instruction: 0x87, p1: algorithm.rawValue, p2: slot.reference, data: template.encoded, expectedLength: 256)
        // Only RSA answers with more than 256 bytes.
        if case .rsa = key.algorithm { command.expectedLength = limits.maximumExpected }
        let answer = try await channel.send(command, form: limits.form(for: command), mayRepeat: false).orRefused(Self.subject(slot))
        return try parsing(Self.subject(slot)) { () throws(TLVError) in
            let outer = try TLV(parsingFirstOf: answer)
            guard outer.tag == 0x7C else { throw .missing(0x7C) }
            return try outer.children().required(0x82)
        }
    }

    private static func checked(_ signature: [UInt8], count: Int, of key: CardKey, in slot: PIVSlot) throws(CardError) -> [UInt8] {
        guard signature.count == count else {
            throw CardError(.malformedAnswer, subject(slot), detail: "\(signature.count) bytes are no \(key.algorithm) signature")
        }
        return signature
    }

    private static func subject(_ slot: PIVSlot) -> String { "a signature with \(slot.label)" }

    private func slot(of key: CardKey) throws(CardError) -> PIVSlot {
        guard keys.contains(key), let slot = PIVSlot(id: key.id) else {
            throw CardError(.notSupported, "key \"\(key.label)\", which this card does not have")
        }
        return slot
    }
}
