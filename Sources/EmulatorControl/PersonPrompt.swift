public import DeviceProtocol
public import Foundation

/// What a device asks its person now.
public struct PersonPrompt: Sendable {
    /// What is wanted.
    public enum Kind: String, Sendable, Codable {
        /// A yes or no.
        case consent
        /// The secret that the device knows.
        case pin
        /// One that it shall know from now on.
        case newPIN
        /// The new one once more.
        case newPINAgain
        /// Whether the last try may be spent.
        case lastTry

        /// Whether characters are typed, and no key says yes.
        var isTyped: Bool {
            switch self {
            case .pin, .newPIN, .newPINAgain: true
            case .consent, .lastTry: false
            }
        }
    }

    /// Tells this question from the ones before it.
    public let number: Int
    /// What is wanted.
    public let kind: Kind
    /// What it agrees to.
    public let summary: Summary
    /// What the person calls the secret: "PIN"; `nil` for a consent.
    public let name: String?
    /// What a new secret may be: "6 digits".
    public let form: String?
    /// How many tries are left, where the device tells.
    public let triesLeft: Int?
    /// Whether what was typed just before was wrong.
    public let previousWasWrong: Bool
    /// When the question ends by itself.
    public let endsAt: Date

    /// The question for a consent.
    init(_ number: Int, consentTo summary: Summary, until end: Date) {
        self.init(number, .consent, summary, until: end)
    }

    /// The question for a secret.
    init(_ number: Int, _ request: PINRequest, isLastTry: Bool, until end: Date) {
        switch (isLastTry, request.wanted) {
        case (true, .present(let name)), (true, .new(let name, _)), (true, .newAgain(let name)):
            self.init(number, .lastTry, request.summary, name, nil, request, until: end)
        case (false, .present(let name)): self.init(number, .pin, request.summary, name, nil, request, until: end)
        case (false, .new(let name, let form)): self.init(number, .newPIN, request.summary, name, form, request, until: end)
        case (false, .newAgain(let name)): self.init(number, .newPINAgain, request.summary, name, nil, request, until: end)
        }
    }

    private init(
        _ number: Int, _ kind: Kind, _ summary: Summary, _ name: String? = nil, _ form: String? = nil, _ request: PINRequest? = nil,
        until end: Date
    ) {
        self.number = number
        self.kind = kind
        self.summary = summary
        self.name = name
        self.form = form
        triesLeft = request?.triesLeft
        previousWasWrong = request?.previousWasWrong ?? false
        endsAt = end
    }
}
