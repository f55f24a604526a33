import CardProfiles
public import ISO7816

/// A card with cryptographic information in files; ISO/IEC 7816-15.
///
/// The standard says what is there, not how to sign with it: that is the ``CardProfiles/SigningDialect`` of the card's family,
/// or of the card itself where its TokenInfo tells. A card whose dialect is not known can be read but does not sign.
public struct PKCS15Application: CardApplication {
    /// As people call it; the standard calls it the cryptographic information application.
    public static let name = "PKCS#15"

    /// Objects of the card that Tessera cannot use, and why.
    public private(set) var unusable: [CardError]
    /// What the card is.
    public let identity: CardIdentity
    /// The PINs and PUKs that travel as text; for fewer than all roles only the family's PIN, where that is known.
    public let pins: [CardPIN]
    private let contents: PKCS15Contents
    private let entries: [PKCS15Keys.Entry]
    private let corrections: KeyCorrections
    private let files: PKCS15Files

    /// The keys that have a certificate, in the order of the PrKDF.
    public var keys: [CardKey] { entries.map(\.key) }
    /// The channel that it was opened on.
    public var channel: any CardChannel { files.channel }

    /// Opens what a card says is PKCS#15, or a family that has its files.
    static func open(_ selected: ApplicationKind.Selected) async throws(CardError) -> (any CardApplication)? {
        do { return try await reading(selected) } catch  where error.code == .refused(.securityStatusNotSatisfied) {
            throw selected.profile.access == nil ? error : selected.profile.paceIsNeeded(error.description)
        }
    }

    /// Opens a card that is one application as a whole, by its files alone: selecting them confirms as much as SELECT would.
    ///
    /// `nil` for a card that is not known to be one, that turns out otherwise, or of which more is wanted than signing takes.
    static func unselected(_ candidate: ApplicationKind.Selected) async throws(CardError) -> (any CardApplication)? {
        guard candidate.profile.structure?.value.isWholeCard == true, !candidate.wantsEverything else { return nil }
        return try await guessing(candidate, in: files(of: candidate))
    }

    private static func files(of selected: ApplicationKind.Selected) -> PKCS15Files {
        PKCS15Files(channel: selected.channel, limits: selected.limits, budget: selected.budget)
    }

    /// Reads the files of a card whose application is selected.
    ///
    /// When keys for some roles only are wanted, nothing but what signing takes is read: first where the family keeps it,
    /// and by the object directory where that is not what is found.
    ///
    /// - Throws: ``CardError`` of the channel, or when the card has no object directory.
    private static func reading(_ selected: ApplicationKind.Selected) async throws(CardError) -> PKCS15Application {
        let files = files(of: selected)
        // Of a card that is one application as a whole the guess has been tried before.
        let isNew = selected.profile.structure?.value.isWholeCard == false
        if !selected.wantsEverything, isNew, let guessed = try await guessing(selected, in: files) { return guessed }
        let contents = try await PKCS15Contents(of: selected.profile, in: files, everything: selected.wantsEverything)
        let profile = family(of: contents, selected.profile)
        let keys = try await PKCS15Keys(
            of: contents, profile, for: selected.roles, everything: selected.wantsEverything, in: files)
        return PKCS15Application(contents, keys, profile, files)
    }

    /// Reads keys where the family has them; `nil` unless all of it is there and as it should be.
    private static func guessing(
        _ selected: ApplicationKind.Selected, in files: PKCS15Files
    ) async throws(CardError) -> PKCS15Application? {
        if selected.believesPlaces, let contents = try await PKCS15Contents.placed(by: selected.profile, in: files) {
            let keys = try await PKCS15Keys(of: contents, selected.profile, for: selected.roles, everything: false, in: files)
            if keys.areInPlace(for: selected.roles) { return PKCS15Application(contents, keys, selected.profile, files) }
        }
        guard let guess = try await PKCS15Contents.guessed(from: selected.profile, in: files) else { return nil }
        let keys = try await PKCS15Keys(of: guess, selected.profile, for: selected.roles, everything: false, in: files)
        guard keys.unusable.isEmpty, !keys.entries.isEmpty else { return nil }
        return PKCS15Application(guess, keys, selected.profile, files)
    }

    /// The family that AID and TokenInfo agree on, where the AID is that of many.
    private static func family(of contents: PKCS15Contents, _ profile: CardProfile) -> CardProfile {
        guard profile.signing == nil, let manufacturer = contents.tokenInfo?.manufacturer else { return profile }
        return CardProfile.all.first {
            $0.applicationID.value == profile.applicationID.value && $0.manufacturer == manufacturer
        } ?? profile
    }

    private init(
        _ contents: PKCS15Contents, _ keys: PKCS15Keys, _ profile: CardProfile, _ files: PKCS15Files, knownUnusable: [CardError]? = nil,
        _ corrections: KeyCorrections = KeyCorrections()
    ) {
        self.contents = contents
        self.corrections = corrections
        let before = knownUnusable ?? contents.unusable
        unusable = before + keys.unusable.filter { new in !before.contains { $0.description == new.description } }
        entries = keys.entries
        pins = contents.textPINs
        let info = contents.tokenInfo
        identity = CardIdentity(
            profile: profile, serialNumber: info?.serialNumber, label: info?.label, manufacturer: info?.manufacturer,
            lastUpdate: info?.lastUpdate, issuedName: keys.entries.lazy.compactMap(\.issuer?.cardName).first)
        self.files = files
    }

    /// The PIN that the card ties to `key`.
    ///
    /// - Throws: ``CardError/Code/notSupported`` for a key of another card.
    public func pin(for key: CardKey) throws(CardError) -> CardPIN? { try entry(of: key).pin }

    /// VERIFY without data, and the family's own way of asking where that does not tell.
    ///
    /// - Throws: ``CardError`` of the channel.
    public func state(of pin: CardPIN) async throws(CardError) -> PINState {
        let state = PINState(try await channel.statusOfPIN(reference: pin.id))
        guard state == .unknown || state == .notUsable, let query = identity.profile.triesQuery?.value else { return state }
        let response = try await channel.send(query.command(.init(reference: pin.id)))
        guard response.status == .success, let left = Self.tries(in: response.data) else { return state }
        return left == 0 ? .blocked : .triesLeft(left)
    }

    /// The counter in tag `DF21`, within a template or two.
    private static func tries(in data: [UInt8]) -> Int? {
        var objects = (try? TLV.series(parsing: data)) ?? []
        for _ in 0..<3 {
            if let counter = objects.first(0xDF21) { return (try? PKCS15Object.number(counter)).flatMap { $0 <= 15 ? $0 : nil } }
            objects = objects.first(0xA0).flatMap { try? TLV.series(parsing: $0) } ?? []
        }
        return nil
    }

    /// Reads the certificates that are still wanted, and no directory again; those of a card whose keys are elsewhere than their family
    /// has them for the first time.
    ///
    /// - Throws: ``CardError`` of the channel.
    public func adding(keysFor roles: Set<CardKey.Role>, within budget: TimeBudget) async throws(CardError) -> PKCS15Application {
        let files = PKCS15Files(channel: channel, limits: files.limits, budget: budget)
        let keys = try await PKCS15Keys(
            of: contents, identity.profile, for: roles, known: entries, everything: false, in: files)
        if contents.isPlaced, !keys.areInPlace(for: roles) {
            do { return try await described(for: roles.union(entries.map(\.key.role)), in: files) } catch
                where error.concernsOneObject
            {
                // Without directories there is what there was, and why there is no more.
                var known = self
                known.unusable += keys.unusable + [error]
                return known
            }
        }
        return PKCS15Application(contents, keys, identity.profile, files, knownUnusable: unusable, corrections)
    }

    /// The same card by its own directories.
    private func described(for roles: Set<CardKey.Role>, in files: PKCS15Files) async throws(CardError) -> PKCS15Application {
        let everything = roles == Set(CardKey.Role.allCases)
        let contents = try await PKCS15Contents(of: identity.profile, in: files, everything: everything)
        let keys = try await PKCS15Keys(of: contents, identity.profile, for: roles, everything: everything, in: files)
        return PKCS15Application(contents, keys, identity.profile, files)
    }

    /// SELECT, and nothing more.
    ///
    /// - Throws: ``CardError``.
    public func resumed(on channel: any CardChannel) async throws(CardError) -> PKCS15Application {
        try await channel.reselect(application: identity.profile.applicationID.value, named: "the PKCS#15 application")
        return PKCS15Application(self, files: PKCS15Files(channel: channel, limits: files.limits, budget: TimeBudget(.seconds(60))))
    }

    private init(_ known: PKCS15Application, files: PKCS15Files) {
        unusable = known.unusable
        identity = known.identity
        pins = known.pins
        contents = known.contents
        entries = known.entries
        corrections = known.corrections
        self.files = files
    }

    /// MANAGE SECURITY ENVIRONMENT and PSO in the card's dialect; the environment is never taken over from before.
    ///
    /// In this order and after VERIFY, because a card was seen to forget its environment over a refused signature.
    public func sign(digest: [UInt8], with key: CardKey) async throws(CardError) -> [UInt8] {
        let entry = try entry(of: key)
        let subject = "a signature with \"\(key.label)\""
        guard let dialect = entry.dialect else {
            throw CardError(.notSupported, subject, detail: "how this PKCS#15 card signs is not known")
        }
        let order = try SignatureOrder(try SignatureInput(digest, for: key), with: key, in: dialect, subject: subject)
        let signature = try await signature(by: order, with: entry)
        switch key.algorithm {
        case .rsa(let bits):
            guard signature.count * 8 == bits else {
                throw CardError(.malformedAnswer, subject, detail: "\(signature.count) bytes are no \(key.algorithm) signature")
            }
            return signature
        case .p256: return try ECDSASignature.der(from: signature, scalarBytes: 32, subject: subject)
        case .p384: return try ECDSASignature.der(from: signature, scalarBytes: 48, subject: subject)
        case .ed25519, .x25519: return signature
        }
    }

    /// Has the card sign, once; where it does not know the key by the number of its place, by the number that its own directory has.
    private func signature(by order: SignatureOrder, with entry: PKCS15Keys.Entry) async throws(CardError) -> [UInt8] {
        if corrections.isDoubtful, corrections[entry.key] == nil { corrections[entry.key] = try await described(entry) }
        if let found = corrections[entry.key] { return try await order.carryOut(for: found, in: files) }
        do { return try await order.carryOut(for: entry.onCard, in: files) } catch  where contents.isPlaced && error.concernsOneObject {
            guard error.isBeforehand else {
                // Perhaps it says only now that it has no such key; nothing is asked twice for all that.
                corrections.isDoubtful = true
                throw error
            }
            guard let found = try await described(entry) else { throw error }
            corrections[entry.key] = found
            return try await order.carryOut(for: found, in: files)
        }
    }

    /// The key of `entry` as the card's own directory has it; `nil` where it has none with this certificate that this PIN guards.
    private func described(_ entry: PKCS15Keys.Entry) async throws(CardError) -> PKCS15PrivateKey? {
        // Time that the person took for the PIN is not the card's.
        let files = PKCS15Files(channel: channel, limits: files.limits, budget: TimeBudget(.seconds(60)))
        do {
            return try await described(for: [entry.key.role], in: files).entries
                .first { $0.key.certificate == entry.key.certificate && $0.pin?.id == entry.pin?.id }?.onCard
        } catch  where error.concernsOneObject { return nil } catch { throw error.beforehand }
    }

    private func entry(of key: CardKey) throws(CardError) -> PKCS15Keys.Entry {
        guard let entry = entries.first(where: { $0.key == key }) else {
            throw CardError(.notSupported, "key \"\(key.label)\", which this card does not have")
        }
        return entry
    }
}
