public import DeviceProtocol
public import Emulation
public import Foundation
public import ScanChallenge
import Synchronization

/// The emulated devices of a bank for tests, and the people who hold them.
///
/// Cards and sticks are in ``readers``, which the program offers to whoever runs operations; ``holder(of:)`` is who is asked
/// for their PIN. Tokens, Scans and phones are in nobody's reader: the person reads the code off them.
public final class Emulators: Sendable {
    /// What devices are made with, and for whom.
    public struct Factory: Sendable {
        /// From whom alone Scans and phones take challenges; without one, none are made.
        public let issuer: ScanIssuerIdentity?
        /// Who issues the certificates of cards; a root of the bank's test roots.
        public let authority: TestAuthority
        /// Tells the bank.
        public let hall: any FactoryHall

        /// A factory.
        public init(issuer: ScanIssuerIdentity?, authority: TestAuthority, hall: any FactoryHall) {
            self.issuer = issuer
            self.authority = authority
            self.hall = hall
        }
    }

    struct State {
        var devices: [EmulatedDevice] = []
        /// Those that are being made.
        var reserved: Set<String> = []
        /// How many of each kind there have been.
        var numbers: [EmulatorKind: Int] = [:]
        var watch: Task<Void, Never>?
    }

    /// How many devices there may be unless said otherwise.
    public static let usualLimit = 64

    /// The readers, with the cards and sticks that are in them.
    public let readers: VirtualReaders
    /// How many devices there may be.
    public let limit: Int
    let factory: Factory
    let patience: Duration
    let clock: any Clock<Duration>
    let now: @Sendable () -> Date
    let news = EmulatorNews()
    let state = Mutex(State())

    /// No device is there yet.
    ///
    /// - Parameters:
    ///   - mark: the witness that the bank's store is for tests.
    ///   - factory: what devices are made with.
    ///   - limit: how many there may be.
    ///   - patience: how long a device waits for its person.
    ///   - clock: what measures that, and the delays of cards that are slow on purpose.
    ///   - now: the true time.
    public init(
        _ mark: TestMark, _ factory: Factory, limit: Int = usualLimit, patience: Duration = EmulatedPerson.patience,
        clock: any Clock<Duration> = ContinuousClock(), now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.factory = factory
        self.limit = limit
        self.patience = patience
        self.clock = clock
        self.now = now
        readers = VirtualReaders(clock: clock)
        let changes = readers.changes()
        let watch = Task { [weak self] in
            for await _ in changes {
                guard let self else { return }
                for device in self.all { device.readersChanged() }
            }
        }
        state.withLock { $0.watch = watch }
    }

    deinit { state.withLock { $0.watch?.cancel() } }

    /// All devices, in the order in which they were made.
    public var all: [EmulatedDevice] { state.withLock { $0.devices } }

    /// The device with this number on its back.
    ///
    /// - Throws: ``EmulatorError/noSuchEmulator(_:)``.
    public func device(_ id: String) throws(EmulatorError) -> EmulatedDevice {
        guard let device = state.withLock({ $0.devices.first { $0.id == id } }) else { throw .noSuchEmulator(id) }
        return device
    }

    /// Takes a device away; what it asks ends, and the bank is not told.
    ///
    /// - Throws: ``EmulatorError/noSuchEmulator(_:)``.
    public func remove(_ id: String) throws(EmulatorError) {
        let removed = state.withLock { state in
            state.devices.firstIndex { $0.id == id }.map { state.devices.remove(at: $0) }
        }
        guard let removed else { throw .noSuchEmulator(id) }
        removed.remove()
    }

    /// Who is asked for the PIN of a card that is here; `nil` for any other device.
    public func holder(of device: DeviceID) -> EmulatedPerson? {
        state.withLock { $0.devices.first { $0.kind.card != nil && $0.made?.id == device }?.person }
    }

    /// How many listen to what changes.
    public var listenerCount: Int { news.listeners }

    /// Begins to listen to what changes.
    public func listen() -> EmulatorListener { news.listen() }
}
