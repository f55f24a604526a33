public import DeviceProtocol

/// One device of one subscriber, and its state.
public struct Enrolment: Equatable, Sendable {
    /// Whether the device may be used.
    public enum State: String, Sendable, Codable, CaseIterable {
        /// It may.
        case active
        /// Lost, stolen or under suspicion: nothing is accepted from it until it is resumed.
        case suspended
        /// Too many consecutive wrong answers (RTS Art. 4(3)(b)): nothing is accepted from it until it is resumed.
        case blocked
        /// Another device took its place; it never comes back.
        case revoked
    }

    /// Its name.
    public let id: EnrolmentID
    /// Whose it is.
    public let subscriber: SubscriberID
    /// Which device.
    public let device: DeviceID
    /// Which product that is.
    public let product: ProductProfile.ID
    /// Whether the device is a program; only a test store holds such.
    public let isEmulated: Bool
    /// Whether it may be used.
    public internal(set) var state: State
    /// How many wrong answers came one after the other; no new operation resets it.
    public internal(set) var failures: Int
    /// What its answers are checked with.
    public internal(set) var credential: Credential
    /// What its challenges are sealed with: for a Scan or phone.
    public internal(set) var sealing: ScanSealing?
    /// How often it was changed; a store changes it only for who has seen the latest.
    public let version: Int

    /// An enrolment as a store kept it.
    public init(
        id: EnrolmentID, subscriber: SubscriberID, device: DeviceID, product: ProductProfile.ID, isEmulated: Bool, state: State = .active,
        failures: Int = 0, credential: Credential, sealing: ScanSealing? = nil, version: Int = 0
    ) {
        self.id = id
        self.subscriber = subscriber
        self.device = device
        self.product = product
        self.isEmulated = isEmulated
        self.state = state
        self.failures = failures
        self.credential = credential
        self.sealing = sealing
        self.version = version
    }

    /// Refuses to go on with a device that was suspended or blocked.
    func requireActive() throws(VerificationError) {
        guard state == .active else { throw .deviceNotActive(device, state) }
    }

    /// Counts a wrong answer, and blocks when there are too many.
    mutating func countFailure(limit: Int) {
        guard state == .active else { return }
        failures += 1
        if failures >= limit { state = .blocked }
    }
}
