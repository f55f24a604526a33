import CardProfiles
public import ISO7816

/// The applications that Tessera knows, and the way to the one that a card has.
public enum CardApplications {
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
        let probes = CardProfile.probes(for: channel.atr)
        var tried: [String] = []
        for profile in probes {
            let answer = try await channel.select(application: profile.applicationID.value, within: budget)
            tried.append("\(profile.family): \(answer.status)")
            guard answer.status == .success else { continue }
            guard profile == .piv else { return try await PKCS15Application(on: channel, as: profile, for: roles, within: budget) }
            guard PIVApplication.isPIV(answer.data) else { continue }
            let application = try await PIVApplication(on: channel, for: roles, within: budget)
            // Some cards answer 9000 to every SELECT: an empty answer counts only with a key behind it.
            if !answer.data.isEmpty || !application.keys.isEmpty { return application }
        }
        let names = ATRCandidate.names(for: channel.atr)
        let known = names.isEmpty ? "" : "; other cards with this ATR: " + names.joined(separator: ", ")
        throw CardError(.unknownCard, "ATR \(channel.atr)", detail: "tried " + tried.joined(separator: ", ") + known)
    }
}
