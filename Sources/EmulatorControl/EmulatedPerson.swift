public import DeviceProtocol
public import Foundation
public import Secrets
import Synchronization

/// Who holds an emulated device: is asked by it, and answers as a ``Behaviour`` says or as somebody presses its keys through
/// the control.
///
/// One question at a time: another one ends the one before. Nothing that is typed can be read back.
public final class EmulatedPerson: Holder {
    /// How long a question waits for who waits: two minutes, as at a terminal.
    public static let patience = Duration.seconds(120)

    private let state: Mutex<PersonState>
    private let patience: Duration
    private let clock: any Clock<Duration>
    private let now: @Sendable () -> Date
    private let tell: @Sendable () -> Void

    /// A person.
    ///
    /// - Parameters:
    ///   - behaviour: what they do.
    ///   - pin: the PIN that they know.
    ///   - patience: how long a question waits.
    ///   - clock: what measures that.
    ///   - now: the true time, for what is told of the deadline.
    ///   - tell: is called whenever a question comes or goes.
    /// - Throws: ``Secrets/SecretBytesError``, when there is no memory for the PIN.
    public init(
        _ behaviour: Behaviour, pin: String, patience: Duration = patience, clock: any Clock<Duration> = ContinuousClock(),
        now: @escaping @Sendable () -> Date, tell: @escaping @Sendable () -> Void = {}
    ) throws(SecretBytesError) {
        state = Mutex(PersonState(behaviour: behaviour, known: try SecretBytes.copying(pin.utf8)))
        self.patience = patience
        self.clock = clock
        self.now = now
        self.tell = tell
    }

    /// What they do when they are asked.
    public var behaviour: Behaviour { state.withLock { $0.behaviour } }

    /// Lets them do something else; a question that waits is answered so at once.
    public func behave(_ behaviour: Behaviour) {
        state.withLock {
            $0.behaviour = behaviour
            $0.act()
        }
        tell()
    }

    /// What they are asked now; `nil` while nothing is, and while nobody has to turn to the device.
    public var prompt: PersonPrompt? { state.withLock { $0.waiting?.prompt } }

    /// A copy of the PIN that they know, for a phone that is paired in the factory.
    func knownPIN() throws(SecretBytesError) -> PIN {
        var copy = try SecretBytes()
        try state.withLock { state throws(SecretBytesError) in try copy.append(state.known) }
        return PIN(copy)
    }

    // MARK: The keys

    /// Presses the key that says yes.
    ///
    /// - Parameter number: the question that is meant; `nil` for whatever is asked now.
    /// - Throws: ``EmulatorError``: nothing is asked, something else is, or a PIN is wanted.
    public func accept(_ number: Int? = nil) throws(EmulatorError) {
        try state.withLock { state throws(EmulatorError) in
            guard try !state.asked(number).isTyped else { throw .otherAnswerWanted("what is typed, and no yes") }
            state.answer(.agreed)
        }
        tell()
    }

    /// Says no.
    ///
    /// - Throws: ``EmulatorError``: nothing is asked, or something else is.
    public func decline(_ number: Int? = nil) throws(EmulatorError) { try refuse(.declined, number) }

    /// Breaks off.
    ///
    /// - Throws: ``EmulatorError``: nothing is asked, or something else is.
    public func cancel(_ number: Int? = nil) throws(EmulatorError) { try refuse(.cancelled, number) }

    private func refuse(_ reason: HolderError, _ number: Int?) throws(EmulatorError) {
        try state.withLock { state throws(EmulatorError) in
            _ = try state.asked(number)
            state.refuse(reason)
        }
        tell()
    }

    /// Types a PIN; a new one that is typed twice alike is the one that they know from then on.
    ///
    /// - Throws: ``EmulatorError``: nothing is asked, something else is, or these are no 1 to 32 printable characters.
    public func type(_ digits: consuming SecretBytes, _ number: Int? = nil) throws(EmulatorError) {
        guard (1...32).contains(digits.count), digits.isPrintable else { throw .unsuitablePIN }
        var typed: SecretBytes? = digits
        try state.withLock { state throws(EmulatorError) in
            let kind = try state.asked(number)
            guard kind.isTyped else { throw .otherAnswerWanted("a yes or no") }
            guard let digits = typed.take() else { return }
            do throws(SecretBytesError) { try state.learn(digits, kind) } catch { throw .unavailable("there is no memory for a PIN") }
            state.answer(.typed(digits))
        }
        tell()
    }

    /// Ends whatever is asked: the device is gone, or looks at something else.
    func leave() {
        state.withLock { $0.refuse(.cancelled) }
        tell()
    }

    /// Takes away what is asked, because the card has left its reader.
    ///
    /// Nobody said no: whoever asked hears from the reader that the card is gone, and withdraws the question; who does not within two
    /// seconds is told that it was broken off.
    func withdraw() {
        let handover = state.withLock { $0.waiting.take()?.handover }
        tell()
        guard let handover else { return }
        Task { [clock] in
            try? await clock.sleep(for: .seconds(2))
            handover.fail(.cancelled)
        }
    }

    // MARK: What the device asks

    /// Nothing: what a device shows of itself is its own state.
    public func show(_ prompt: Prompt) async {}

    /// Asks for a yes.
    public func consent(to summary: Summary) async throws(HolderError) {
        _ = try await answer { PersonPrompt($0, consentTo: summary, until: $1) }
    }

    /// Asks for a PIN.
    public func pin(for request: PINRequest) async throws(HolderError) -> PIN {
        switch try await answer({ PersonPrompt($0, request, isLastTry: false, until: $1) }) {
        case .typed(let digits): return PIN(digits)
        case .agreed: throw .unavailable
        }
    }

    /// Asks whether the last try may be spent; a no is an answer.
    public func permitsLastTry(_ request: PINRequest) async throws(HolderError) -> Bool {
        do {
            _ = try await answer { PersonPrompt($0, request, isLastTry: true, until: $1) }
            return true
        } catch {
            guard error == .declined else { throw error }
            return false
        }
    }

    private func answer(_ prompt: (Int, Date) -> PersonPrompt) async throws(HolderError) -> PadAnswer {
        let handover = Handover<PadAnswer, HolderError>()
        let end = now().addingTimeInterval(patience / .seconds(1))
        let number = state.withLock { state in
            state.ask(handover) { prompt($0, end) }
            state.act()
            return state.lastNumber
        }
        tell()
        defer {
            // A deadline and a cancelled task end the wait from behind.
            state.withLock { if $0.waiting?.prompt.number == number { $0.waiting = nil } }
            tell()
        }
        let timer = Task { [clock, patience] in
            try? await clock.sleep(for: patience)
            if !Task.isCancelled { handover.fail(.timedOut) }
        }
        defer { timer.cancel() }
        return try await handover.take(onCancel: .cancelled)
    }
}
