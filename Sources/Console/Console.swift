import AsyncHTTPClient
import Foundation
public import HTTPDoor
import Hummingbird
public import Logging
import NIOCore
public import ServiceLifecycle

/// The demo bank: a page on loopback, and a client of the bridge's and the emulator control's sockets as any banking core would be.
///
/// The page talks to this server alone. It makes the demo's customers and their emulated devices when it starts, through the same doors.
public struct Console: Service {
    private let bridge: String
    private let emulators: String
    private let port: Int
    private let limits: DoorLimits
    private let logger: Logger
    private let isOpen: @Sendable (Int) async -> Void

    /// A demo bank that has not opened yet.
    ///
    /// - Parameters:
    ///   - bridge: path of the bridge's Unix socket; the caller has to be verifier, administrator and device user there.
    ///   - emulators: path of the emulator control's.
    ///   - port: where to listen on 127.0.0.1; 0 for any that is free.
    ///   - limits: how much browsers may ask of it.
    ///   - logger: is told what fails; never a password, a code or a PIN.
    ///   - isOpen: is told the port, once browsers can connect.
    public init(
        bridge: String, emulators: String, port: Int, limits: DoorLimits = Self.limits, logger: Logger,
        isOpen: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        self.bridge = bridge
        self.emulators = emulators
        self.port = port
        self.limits = limits
        self.logger = logger
        self.isOpen = isOpen
    }

    /// Serves the page until the service is told to stop.
    public func run() async throws {
        var configuration = HTTPClient.Configuration()
        configuration.timeout.connect = .seconds(5)
        configuration.redirectConfiguration = .disallow
        // The pages' requests, what goes on beside them, and the events: none waits for another one's connection.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = limits.requests + Jobs.most + 1
        let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let bank = DemoBank(
            bridge: DoorClient(name: "the bridge", socket: bridge, http: http, logger: logger),
            emulators: DoorClient(name: "the emulator control", socket: emulators, http: http, logger: logger),
            hub: EventHub(run: String(UInt32.random(in: .min ... .max), radix: 16)), book: .standard(), jobs: Jobs(), now: { Date() })
        do {
            try await serve(bank)
        } catch {
            try await http.shutdown()
            throw error
        }
        try await http.shutdown()
    }

    private func serve(_ bank: DemoBank) async throws {
        // Who asks is told apart by cookies, not by the door.
        let door = Door(
            Self.routes(bank), at: .loopback(LoopbackPlace(port: port, tokens: nil, servesPages: true)), limits: limits,
            bodies: EmulatorRoutes.bodies, logger: logger,
            onListening: { [isOpen] address in if case .tcp(_, let port) = address { await isOpen(port) } })
        try await withThrowingTaskGroup { group in
            group.addTask { await bank.jobs.run() }
            group.addTask { await Seeding(bank: bank, logger: logger).run() }
            group.addTask {
                await DoorEvents(
                    door: bank.bridge, hub: bank.hub, names: ["operation", "device", "reset"], logger: logger
                ).run()
            }
            group.addTask {
                await DoorEvents(door: bank.emulators, hub: bank.hub, names: ["emulator", "removed", "reset"], logger: logger).run()
            }
            // The server ends by itself when the service is told to stop; all others end with it.
            try await door.run()
            group.cancelAll()
        }
    }

    /// For the people before one machine: their browsers open a few connections each, and send little.
    public static let limits: DoorLimits = {
        var limits = DoorLimits()
        limits.bodySize = 64 << 10
        limits.connections = 512
        limits.connectionsPerPeer = 512
        limits.requests = 128
        limits.waitingRequests = 256
        return limits
    }()

    private static func routes(_ bank: DemoBank) -> Router<DoorContext> {
        let browsers = Browsers()
        let routes = Router(context: DoorContext.self)
        let page = routes.group(context: ConsoleContext.self).add(middleware: PageGuard(browsers: browsers))
        PageRoutes().add(to: page)
        let api = page.group("api")
        StateRoutes(bank: bank, browsers: browsers).add(to: api)
        SignInRoutes(bank: bank).add(to: api)
        ForgottenRoutes(bank: bank).add(to: api)
        PaymentRoutes(bank: bank).add(to: api)
        OperationRoutes(bank: bank).add(to: api)
        ImageRoutes(bank: bank).add(to: api)
        ApprovalRoutes(bank: bank).add(to: api)
        PayeeRoutes(bank: bank).add(to: api)
        DeviceRoutes(bank: bank).add(to: api)
        OrderRoutes(bank: bank).add(to: api)
        EmulatorRoutes(bank: bank).add(to: api)
        EventRoutes(hub: bank.hub).add(to: api)
        return routes
    }
}
