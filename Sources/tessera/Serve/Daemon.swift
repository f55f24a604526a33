import Bridge
import Crypto
import DeviceProtocol
import Devices
import Emulation
import EmulatorControl
import Foundation
import HTTPDoor
import Hummingbird
import Logging
import PCSC
import ScanChallenge
import ServiceLifecycle
import Verification

/// The bridge with all its doors, made of a configuration; what `tessera serve` and `tessera demo` run.
struct Daemon {
    /// The emulated devices; `nil` where there are none.
    let emulators: Emulators?
    private let name: NodeName
    private let services: [any Service]
    private let logger: Logger

    /// Opens the store and reads what the configuration names; no door is open yet.
    ///
    /// - Parameters:
    ///   - usesReaders: whether the machine's own readers are used beside emulated cards.
    ///   - onListening: told of each door that is open.
    init(
        _ configuration: ServeConfiguration, usesReaders: Bool = true, logger: Logger,
        onListening: @escaping @Sendable (DoorAddress) async -> Void
    ) async throws {
        self.logger = logger
        let metrics = PrometheusMetrics()
        // Before anything of the store is read: what another one of this name is doing would be taken for lost.
        let (name, opened) = try await NodeName.opening(configuration, metrics: metrics, logger: logger)
        self.name = name
        let bell = ChangeBell()
        let authority = configuration.emulators == nil ? nil : try TestAuthority(now: Date())
        let issuer = try configuration.scanIssuer() ?? (authority == nil ? nil : Self.passingIssuer(configuration.origin))
        let store = RingingStore(ObservedStore(opened, metrics: metrics, log: logger), bell: bell)
        let bank = try await BankSide.configured(
            by: configuration, over: store, issuer: issuer, testRoots: authority.map { [$0.root] } ?? [], metrics: metrics, logger: logger)
        emulators = try Self.emulators(of: bank, issuer: issuer, authority: authority)

        let feed = Feed(of: bank, bell: bell, logger: logger)
        var sources: [any DeviceSource] = []
        if usesReaders {
            sources.append(CardDevices(of: PCSCReaders(), isEmulated: false, usesPinpads: configuration.pinEntry.usesPinpad))
        }
        if let emulators { sources.append(CardDevices(of: emulators.readers, isEmulated: true)) }
        let runner = Runner(
            of: bank, devices: DeviceSet(sources: sources), holders: AskedPeople(order: configuration.pinEntry, emulators: emulators),
            feed: feed, node: configuration.node, logger: logger)

        let routes = Router(context: DoorContext.self)
        BankRoutes(of: bank, attached: runner) { metrics.exposition() }.add(to: routes)
        OperationRoutes(bank, runner: runner, feed: feed).add(to: routes)
        DeviceRoutes(feed).add(to: routes)
        EventRoutes(feed).add(to: routes)
        var doors = try configuration.doors().map {
            Door(routes, at: $0, limits: configuration.limits, logger: logger, metrics: metrics, onListening: onListening)
        }
        if let emulators, let place = configuration.emulatorsDoor() {
            let control = Router(context: DoorContext.self)
            EmulatorRoutes(emulators).add(to: control)
            doors.append(
                Door(
                    control, at: place, limits: configuration.limits, bodies: EmulatorRoutes.bodies, logger: logger,
                    onListening: onListening))
        }
        // The last ends first: what the doors let in is answered before the devices are let go.
        services = [feed, runner, SideBySide(doors, logger: logger)]
    }

    /// An issuer that lasts as long as the process, as its emulated devices do.
    private static func passingIssuer(_ origin: String) throws -> ScanIssuer {
        try ScanIssuer(id: origin, privateKey: Curve25519.KeyAgreement.PrivateKey())
    }

    private static func emulators(of bank: BankSide, issuer: ScanIssuer?, authority: TestAuthority?) throws -> Emulators? {
        guard let authority else { return nil }
        guard let mark = TestMark(bank.store.mark.rawValue) else {
            throw Failure("emulated devices need a store for tests", hint: "use a store that was created with --test", exit: .usage)
        }
        let hall = BankHall(enrolments: bank.enrolments, activations: bank.activations, subscribers: bank.subscribers)
        return Emulators(mark, .init(issuer: issuer?.identity, authority: authority, hall: hall))
    }

    /// Serves until the task is cancelled, or something of it fails, and lets requests in flight end; `besides` live as long.
    ///
    /// Under a name that another daemon has taken nothing goes on: what is in flight is that one's.
    func run(besides others: [any Service] = []) async throws {
        try await GracefulServices(services + others, while: name, logger: logger).run()
    }
}
