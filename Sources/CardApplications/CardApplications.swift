import CardProfiles
public import ISO7816

/// The applications that Tessera knows, and the way to the one that a card has.
public enum CardApplications {
    /// One line a kind of application; the order in which cards are asked is that of ``CardProfile/probes(for:)``.
    static let kinds: [ApplicationKind] = [
        ApplicationKind([.piv], open: PIVApplication.open),
        ApplicationKind([.pkcs15, .myEID, .isoApplet], open: PKCS15Application.open),
    ]

    /// Finds out what a card is, and reads its keys.
    ///
    /// The ATR decides what is asked first; only the card's answer to SELECT decides what it is.
    ///
    /// - Parameters:
    ///   - channel: a card that was just powered or reset, or is at least not in the middle of something.
    ///   - roles: what the keys are wanted for: fewer roles are fewer commands, where the standard says roles beforehand.
    ///   - budget: how long all of it may take, one command more or less; a slow card is done in twenty seconds.
    /// - Throws: ``CardError/Code/unknownCard``, naming the ATR and what was tried; otherwise ``CardError`` of the channel.
    public static func open(
        on channel: any CardChannel, for roles: Set<CardKey.Role> = Set(CardKey.Role.allCases),
        within budget: TimeBudget = TimeBudget(.seconds(120))
    ) async throws(CardError) -> any CardApplication {
        let limits = try await channel.lengthLimits(within: budget)
        var tried: [String] = []
        for profile in CardProfile.probes(for: channel.atr) {
            guard let kind = kinds.first(where: { $0.profiles.contains(profile) }) else { continue }
            let answer = try await channel.select(application: profile.applicationID.value, within: budget)
            tried.append("\(profile.family): \(answer.status)")
            guard answer.status == .success else { continue }
            let selected = ApplicationKind.Selected(
                profile: profile, answer: answer.data, channel: channel, roles: roles, limits: limits, budget: budget)
            if let application = try await kind.open(selected) { return application }
        }
        let names = ATRCandidate.names(for: channel.atr)
        let known = names.isEmpty ? "" : "; other cards with this ATR: " + names.joined(separator: ", ")
        throw CardError(.unknownCard, "ATR \(channel.atr)", detail: "tried " + tried.joined(separator: ", ") + known)
    }
}
