/// The person: is shown prompts, consents, types a PIN.
///
/// Made for one operation. A pinentry, a terminal and a test script are holders. Every question has a deadline and can be cancelled.
public protocol Holder: Sendable {
    /// Shows something that wants no answer here.
    func show(_ prompt: Prompt) async

    /// Hears that the reader's keys are no longer waited for: a PIN was typed there, or was not; what follows takes the device alone.
    func pinpadIsDone() async

    /// Asks whether the person agrees, on a device that has no PIN.
    ///
    /// - Throws: ``HolderError/declined`` and the others.
    func consent(to summary: Summary) async throws(HolderError)

    /// Asks for a PIN, showing what it agrees to.
    ///
    /// - Throws: ``HolderError``.
    func pin(for request: PINRequest) async throws(HolderError) -> PIN

    /// Whether what may be the last try may be spent; `false` unless the person says otherwise.
    ///
    /// Asked when one try is left, and when the device does not tell how many are.
    ///
    /// - Throws: ``HolderError``.
    func permitsLastTry(_ request: PINRequest) async throws(HolderError) -> Bool
}

extension Holder {
    /// Nothing is to be taken away.
    public func pinpadIsDone() async {}

    /// The last try is never spent unasked.
    public func permitsLastTry(_ request: PINRequest) async throws(HolderError) -> Bool { false }
}

/// Something a person has to do or see, outside this program.
public enum Prompt: Sendable {
    /// Put a card into this reader.
    case insertCard(reader: String)
    /// Enter the PIN on the reader's own keys.
    case enterPINOnPinpad(PINRequest)
    /// Read and confirm on the device's own display.
    case confirmOnDevice(Summary)
}

/// A question for a PIN.
public struct PINRequest: Sendable {
    /// Which secret is meant; each carries what the person calls it: "PIN", "PUK".
    public enum Wanted: Hashable, Sendable {
        /// The one that the device knows.
        case present(String)
        /// One that it shall know from now on, and what that may be: "6 to 8 digits".
        case new(String, form: String)
        /// The new one once more, so that a slip of the finger shows.
        case newAgain(String)
    }

    /// What the PIN agrees to.
    public let summary: Summary
    /// Which device asks.
    public let device: String
    /// How many tries are left before the block, where the device tells.
    public let triesLeft: Int?
    /// Whether the PIN entered just before was wrong.
    public let previousWasWrong: Bool
    /// Which secret is meant.
    public let wanted: Wanted

    /// A question.
    public init(summary: Summary, device: String, triesLeft: Int?, previousWasWrong: Bool, wanted: Wanted = .present("PIN")) {
        self.summary = summary
        self.device = device
        self.triesLeft = triesLeft
        self.previousWasWrong = previousWasWrong
        self.wanted = wanted
    }
}

/// Why a person gave no answer.
public enum HolderError: Error, Hashable, Sendable {
    /// They said no.
    case declined
    /// They broke off.
    case cancelled
    /// They did not answer in time.
    case timedOut
    /// There is nobody to ask, or no way to.
    case unavailable
    /// What is to be agreed to cannot be shown whole: how long it is, and how long it may be where it was to be shown.
    case tooLong(bytes: Int, limit: Int)
}

extension DeviceError {
    /// The same reason, as the failure of `device`.
    public init(_ error: HolderError, _ device: String) {
        switch error {
        case .declined: self.init(Code.declined, device)
        case .cancelled: self.init(Code.cancelled, device)
        case .timedOut: self.init(Code.timedOut, device)
        case .unavailable: self.init(Code.holderUnavailable, device)
        case .tooLong(let bytes, let limit): self.init(Code.detailsTooLong, device, detail: "\(bytes) of \(limit) bytes")
        }
    }
}
