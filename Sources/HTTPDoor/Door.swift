public import CoreMetrics
import Glibc
public import Hummingbird
import HummingbirdCore
import HummingbirdTLS
public import Logging
import NIOCore
import NIOPosix
public import ServiceLifecycle
import Synchronization

/// A door that speaks HTTP/1.1: listens at one place, lets in who may come, and hands requests to the routes.
///
/// What it refuses never reaches the routes; what it cannot refuse (a flood, a slow client) it bounds by ``DoorLimits``.
public struct Door: Service {
    private let place: DoorPlace
    private let limits: DoorLimits
    private let responder: RouterResponder<DoorContext>
    private let index: RouteIndex
    private let logger: Logger
    private let counts: DoorCounts
    private let onListening: @Sendable (DoorAddress) async -> Void
    private let credentials: PeerCredentials.Reader
    /// Gives a socket its mode; another one in tests of a system that does not.
    var setMode: @Sendable (mode_t, String) throws(DoorError) -> Void = MadeSocket.set

    /// A door, still closed.
    ///
    /// - Parameters:
    ///   - routes: everything behind the door; routes that are added later are not seen.
    ///   - place: where it listens.
    ///   - bodies: what single paths take besides or instead of JSON.
    ///   - logger: where refusals, failures and requests are told; without queries, header fields and bodies.
    ///   - metrics: where connections and requests are counted.
    ///   - onListening: called once, when the door is open.
    public init(
        _ routes: Router<DoorContext>, at place: DoorPlace, limits: DoorLimits = DoorLimits(), bodies: [BodyRule] = [], logger: Logger,
        metrics: any MetricsFactory = MetricsSystem.factory, onListening: @escaping @Sendable (DoorAddress) async -> Void = { _ in }
    ) {
        self.init(
            routes, at: place, limits: limits, bodies: bodies, logger: logger, metrics: metrics, credentials: PeerCredentials.read,
            onListening)
    }

    /// A door that is told who connects, for tests of users that this process cannot be.
    init(
        _ routes: Router<DoorContext>, at place: DoorPlace, limits: DoorLimits, bodies: [BodyRule], logger: Logger,
        metrics: any MetricsFactory, credentials: @escaping PeerCredentials.Reader,
        _ onListening: @escaping @Sendable (DoorAddress) async -> Void
    ) {
        self.place = place
        self.limits = limits
        responder = routes.buildResponder()
        index = RouteIndex(routes, bodies: bodies)
        self.logger = logger
        self.credentials = credentials
        counts = DoorCounts(place.label, metrics)
        self.onListening = onListening
    }

    /// Listens until the service group shuts down, and lets requests in flight end.
    ///
    /// - Throws: ``DoorError`` when the door cannot be opened.
    public func run() async throws {
        let share = ConnectionBudget.process.open(limits.connections)
        defer { share.close() }
        if share.most.all < limits.connections {
            logger.warning(
                "fewer connections than wanted: this process may open too few files",
                metadata: ["connections": "\(share.most.all)", "hint": "raise LimitNOFILE of the unit, or ulimit -n"])
        }
        switch place {
        case .unix(let unix):
            let socket = try SocketPlace.take(unix.path)
            let made = MadeSocket(unix.path)
            let entrance = Entrance(key: .connection, hosts: nil, origins: [])
            let channel = channel(share, users: unix.roles) { _ in entrance }
            let outcome = await outcome {
                try await serve(channel, at: .unixDomainSocket(path: unix.path), named: unix.path) { _ in
                    try made.note()
                    try setMode(unix.mode, unix.path)
                    await onListening(.unix(unix.path))
                }
            }
            socket.give(made)
            try outcome.get()
        case .loopback(let loopback):
            let channel = channel(share, users: nil) { Entrance(loopback, port: $0.localAddress?.port ?? loopback.port) }
            try await serve(channel, at: .hostname("127.0.0.1", port: loopback.port), named: "127.0.0.1:\(loopback.port)") { channel in
                await onListening(.tcp("127.0.0.1", channel.localAddress?.port ?? loopback.port))
            }
        case .tls(let place):
            let entrance = Entrance(key: .connection, hosts: place.hosts, origins: [])
            let channel = channel(share, users: nil, names: place.roles) { _ in entrance }
            let tls = try TLSChannel(channel, tlsConfiguration: try place.configuration())
            try await serve(tls, at: .hostname(place.address, port: place.port), named: "\(place.address):\(place.port)") { channel in
                await onListening(.tcp(place.address, channel.localAddress?.port ?? place.port))
            }
        }
    }

    private func channel(
        _ share: ConnectionBudget.Share, users: [uid_t: Set<Role>]?, names: [String: Set<Role>] = [:],
        entrance: @escaping @Sendable (any Channel) -> Entrance
    ) -> DoorChannel {
        let desk = Desk(
            entrance: entrance, routes: responder, index: index, limits: limits, admissions: Admissions(limits), logger: logger,
            counts: counts)
        return DoorChannel(
            limits: limits, connections: Connections(limits, share), desk: desk, users: users, names: names,
            credentials: credentials)
    }

    private func outcome(of body: () async throws -> Void) async -> Result<Void, any Error> {
        do { return .success(try await body()) } catch { return .failure(error) }
    }

    private func serve(
        _ channel: some ServerChildChannel, at address: BindAddress, named name: String,
        opened: @escaping @Sendable (any Channel) async throws -> Void
    ) async throws {
        let fault = OpeningFault()
        let server = channel.server(
            configuration: ServerConfiguration(address: address, backlog: 1024),
            onServerRunning: { channel in
                do { try await opened(channel) } catch {
                    fault.note(error)
                    channel.close(promise: nil)
                }
            },
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger)
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await server.run() }
                group.addTask {
                    // Cancelled when the server has ended by itself.
                    guard (try? await gracefulShutdown()) != nil else { return }
                    guard (try? await Task.sleep(for: limits.closingTime)) != nil else { return }
                    logger.notice("requests in flight are broken off")
                }
                try await group.next()
                group.cancelAll()
            }
        } catch let error as IOError { throw DoorError.cannotListen(name, why: unsafe String(cString: strerror(error.errnoCode))) }
        try fault.check()
    }
}

/// What kept a door from being opened once it listened: the server's own way to tell it has no errors.
private final class OpeningFault: Sendable {
    private let error = Mutex<(any Error)?>(nil)

    func note(_ error: any Error) { self.error.withLock { $0 = error } }

    func check() throws { if let error = error.withLock({ $0 }) { throw error } }
}

extension Entrance {
    /// The entrance of a loopback door, once its port is known.
    init(_ place: LoopbackPlace, port: Int) {
        let hosts = place.hosts ?? ["127.0.0.1:\(port)", "localhost:\(port)", "[::1]:\(port)"]
        let own = place.servesPages ? Set(hosts.map { "http://\($0)" }) : []
        self.init(key: place.tokens.map { .tokens($0) } ?? .none, hosts: hosts, origins: place.origins.union(own))
    }
}
