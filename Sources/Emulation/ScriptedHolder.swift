public import DeviceProtocol
import Secrets
import Synchronization

/// A person whose answers are written down beforehand, and who remembers what they were shown and asked.
public final class ScriptedHolder: Holder {
    /// Something that was shown or asked.
    public enum Event: Sendable {
        /// A prompt was shown.
        case shown(Prompt)
        /// Consent was asked for.
        case askedConsent(Summary)
        /// A PIN was asked for.
        case askedPIN(PINRequest)
        /// Whether the last try may be spent was asked.
        case askedLastTry(PINRequest)
    }

    private struct State {
        var pins: [String]
        var events: [Event] = []
    }

    private let state: Mutex<State>
    private let refusal: HolderError?
    private let spendsLastTry: Bool

    /// A script.
    ///
    /// - Parameters:
    ///   - pins: what is typed, question by question; when none is left, there is nobody to ask (``HolderError/unavailable``).
    ///   - refusal: why they do not agree, to a question for consent or for a PIN; `nil` when they do.
    ///   - spendsLastTry: whether the last PIN try may be spent.
    public init(pins: [String] = [], refusal: HolderError? = nil, spendsLastTry: Bool = false) {
        state = Mutex(State(pins: pins))
        self.refusal = refusal
        self.spendsLastTry = spendsLastTry
    }

    /// What was shown and asked so far, the first one first.
    public var events: [Event] { state.withLock { $0.events } }

    /// Remembers the prompt.
    public func show(_ prompt: Prompt) async { record(.shown(prompt)) }

    /// Agrees, unless the script refuses.
    public func consent(to summary: Summary) async throws(HolderError) {
        record(.askedConsent(summary))
        if let refusal { throw refusal }
    }

    /// Types the next PIN.
    public func pin(for request: PINRequest) async throws(HolderError) -> PIN {
        record(.askedPIN(request))
        if let refusal { throw refusal }
        guard let digits = state.withLock({ $0.pins.isEmpty ? nil : $0.pins.removeFirst() }) else { throw .unavailable }
        do {
            return PIN(try SecretBytes.copying(digits.utf8))
        } catch {
            throw .unavailable
        }
    }

    /// Answers as the script says.
    public func permitsLastTry(_ request: PINRequest) async throws(HolderError) -> Bool {
        record(.askedLastTry(request))
        return spendsLastTry
    }

    private func record(_ event: Event) { state.withLock { $0.events.append(event) } }
}
