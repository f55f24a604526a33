import CardProfiles
public import ISO7816

/// The applications that Tessera knows, and the way to the one that a card has.
public enum CardApplications {
    /// One line a kind of application; the order in which cards are asked is that of ``CardProfile/probes(for:)``.
    static let kinds: [ApplicationKind] = [
        ApplicationKind([.piv], open: PIVApplication.open),
        ApplicationKind(
            [.pkcs15, .myEID, .osEID, .isoApplet, .iasClassic, .luxembourgEID, .classicV3], open: PKCS15Application.open),
        ApplicationKind([.openPGP], open: OpenPGPApplication.open),
        ApplicationKind([.smartCardHSM], open: SmartCardHSMApplication.open),
    ]

    /// An application identifier that no card has: who takes it takes every SELECT.
    static let nobodysApplication: [UInt8] = [0xF0] + Array("Tessera".utf8) + [0x00, 0x00]

    /// Finds out what a card is, and reads its keys.
    ///
    /// The ATR decides what is asked first; only the card's answer to SELECT decides what it is. A card that is none of
    /// them gets one SELECT for each application, at most two commands more, and is not read.
    ///
    /// - Parameters:
    ///   - channel: a card that was just powered or reset, or is at least not in the middle of something.
    ///   - roles: what the keys are wanted for. With fewer than all, only what signing for them takes is read: fewer commands.
    ///   - budget: how long all of it may take, one command more or less; a slow card is done in twenty seconds.
    ///   - believesPlaces: whether keys may be taken to be where their family has them; `false` for a card whose signature was that
    ///     of another key, so that its own directories are read.
    /// - Throws: ``CardError/Code/unknownCard``, naming the ATR and what was tried; ``CardError/Code/notSupported`` for a card
    ///   that is closed until PACE has opened it; otherwise ``CardError`` of the channel.
    public static func open(
        on channel: any CardChannel, for roles: Set<CardKey.Role> = Set(CardKey.Role.allCases),
        within budget: TimeBudget = TimeBudget(.seconds(120)), believingPlaces believesPlaces: Bool = true
    ) async throws(CardError) -> any CardApplication {
        let limits = try await channel.lengthLimits(within: budget)
        let probes = CardProfile.probes(for: channel.atr)
        if let first = probes.first, first.isSuggested(by: channel.atr) {
            let candidate = ApplicationKind.Selected(
                profile: first, answer: [], channel: channel, roles: roles, limits: limits, budget: budget, believesPlaces: believesPlaces)
            if let application = try await PKCS15Application.unselected(candidate) { return application }
        }
        var tried: [String] = []
        var keyless: (application: any CardApplication, profile: CardProfile)?
        for profile in probes {
            guard let kind = kinds.first(where: { $0.profiles.contains(profile) }) else { continue }
            let answer = try await select(profile, on: channel, within: budget)
            tried.append("\(profile.family): \(answer.status)")
            guard answer.status == .success else { continue }
            if !means(answer.data, profile, on: channel) {
                guard try await isDiscerning(channel, profile, within: budget) else {
                    tried.append("any other application: \(StatusWord.success), so it says yes to everything")
                    break
                }
            }
            let selected = ApplicationKind.Selected(
                profile: profile, answer: answer.data, channel: channel, roles: roles, limits: limits, budget: budget,
                believesPlaces: believesPlaces)
            guard let application = try await opened(selected, as: kind, isOptional: keyless != nil) else { continue }
            if try await hasKeys(application, roles, within: budget) { return application }
            // An empty PIV application beside one that is used: keys for other protocols often come so.
            if keyless == nil { keyless = (application, profile) }
        }
        if let (application, profile) = keyless {
            try await channel.reselect(application: profile.applicationID.value, named: profile.family)
            return application
        }
        if let closed = probes.first(where: { $0.access != nil && $0.isSuggested(by: channel.atr) }) {
            throw closed.paceIsNeeded("tried " + tried.joined(separator: ", "))
        }
        let names = ATRCandidate.names(for: channel.atr)
        let known = names.isEmpty ? "" : "; other cards with this ATR: " + names.joined(separator: ", ")
        throw CardError(.unknownCard, "ATR \(channel.atr)", detail: "tried " + tried.joined(separator: ", ") + known)
    }

    /// Opens what is selected; where another application was found, what is wrong with this one is no reason to refuse the card.
    private static func opened(
        _ selected: ApplicationKind.Selected, as kind: ApplicationKind, isOptional: Bool
    ) async throws(CardError) -> (any CardApplication)? {
        do { return try await kind.open(selected) } catch {
            guard isOptional, error.concernsOneObject else { throw error }
            return nil
        }
    }

    /// Whether an application has any key, wanted or not, or one that cannot be used.
    private static func hasKeys(
        _ application: some CardApplication, _ roles: Set<CardKey.Role>, within budget: TimeBudget
    ) async throws(CardError) -> Bool {
        guard application.keys.isEmpty, application.unusable.isEmpty else { return true }
        let others = Set(CardKey.Role.allCases).subtracting(roles)
        guard !others.isEmpty else { return false }
        let whole = try await application.adding(keysFor: others, within: budget)
        return !whole.keys.isEmpty || !whole.unusable.isEmpty
    }

    /// SELECT of a family's application; the answer of one that keeps files says nothing that the ATR has not suggested.
    ///
    /// Over T=0 it would be a command more to fetch, so it is left where it is.
    private static func select(
        _ profile: CardProfile, on channel: any CardChannel, within budget: TimeBudget
    ) async throws(CardError) -> ResponseAPDU {
        let identifier = profile.applicationID.value
        guard channel.atr.protocols == [0], profile.structure != nil, profile.isSuggested(by: channel.atr) else {
            return try await channel.select(application: identifier, within: budget)
        }
        do {
            try await channel.selectUnanswered(CommandAPDU(instruction: 0xA4, p1: 0x04, p2: 0x00, data: identifier), profile.family)
            return ResponseAPDU(status: .success)
        } catch {
            guard case .refused(let status) = error.code else { throw error }
            return ResponseAPDU(status: status)
        }
    }

    /// Whether a successful SELECT is one: the answer is an application template, or names the application's registered
    /// provider, or the ATR is the family's.
    private static func means(_ answer: [UInt8], _ profile: CardProfile, on channel: any CardChannel) -> Bool {
        let provider = Array(profile.applicationID.value.prefix(5))
        let template = try? TLV(parsingFirstOf: answer)
        return profile.isSuggested(by: channel.atr) || template?.tag == 0x61 && template?.value.isEmpty == false
            || answer.indices.contains { answer[$0...].starts(with: provider) }
    }

    /// Whether the card refuses an application that does not exist; the right one is selected again afterwards.
    private static func isDiscerning(
        _ channel: any CardChannel, _ profile: CardProfile, within budget: TimeBudget
    ) async throws(CardError) -> Bool {
        guard try await channel.select(application: nobodysApplication, within: budget).status != .success else { return false }
        return try await channel.select(application: profile.applicationID.value, within: budget).status == .success
    }
}

extension CardProfile {
    /// The refusal of a card that nobody can read before a channel is established.
    func paceIsNeeded(_ detail: String) -> CardError {
        CardError(.notSupported, "reading a card that answers like the \(family): it needs PACE, not yet there", detail: detail)
    }
}
