import AsyncHTTPClient
import Foundation
import HTTPDoor
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
    private let logger: Logger
    private let isOpen: @Sendable (Int) async -> Void

    /// A demo bank that has not opened yet.
    ///
    /// - Parameters:
    ///   - bridge: path of the bridge's Unix socket; the caller has to be verifier, administrator and device user there.
    ///   - emulators: path of the emulator control's.
    ///   - port: where to listen on 127.0.0.1; 0 for any that is free.
    ///   - logger: is told what fails; never a password, a code or a PIN.
    ///   - isOpen: is told the port, once browsers can connect.
    public init(
        bridge: String, emulators: String, port: Int, logger: Logger, isOpen: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        self.bridge = bridge
        self.emulators = emulators
        self.port = port
        self.logger = logger
        self.isOpen = isOpen
    }

    /// Serves the page until the service is told to stop.
    public func run() async throws {
        var configuration = HTTPClient.Configuration()
        configuration.timeout.connect = .seconds(5)
        configuration.redirectConfiguration = .disallow
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
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
        let application = Application(
            router: Self.routes(bank),
            server: .http1(
                configuration: .init(
                    idleTimeout: .seconds(120), httpDecoderConfiguration: .init(maxHeaderListSize: 16 << 10, maxHeaderFieldCount: 64))),
            configuration: .init(address: .hostname("127.0.0.1", port: port)),
            onServerRunning: { [isOpen] channel in await isOpen(channel.localAddress?.port ?? 0) }, logger: logger)
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
            try await application.run()
            group.cancelAll()
        }
    }

    private static func routes(_ bank: DemoBank) -> Router<ConsoleContext> {
        let browsers = Browsers()
        let routes = Router(context: ConsoleContext.self)
        routes.add(middleware: PageGuard(browsers: browsers))
        PageRoutes().add(to: routes)
        let api = routes.group("api")
        StateRoutes(bank: bank, browsers: browsers).add(to: api)
        SignInRoutes(bank: bank).add(to: api)
        PaymentRoutes(bank: bank).add(to: api)
        OperationRoutes(bank: bank).add(to: api)
        ImageRoutes(bank: bank).add(to: api)
        DeviceRoutes(bank: bank).add(to: api)
        OrderRoutes(bank: bank).add(to: api)
        EmulatorRoutes(bank: bank).add(to: api)
        EventRoutes(hub: bank.hub).add(to: api)
        return routes
    }
}
