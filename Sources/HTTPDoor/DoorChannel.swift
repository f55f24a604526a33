import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL

/// Sets up each connection: counts it, finds out who is there, puts the guard around HTTP, and then serves it.
struct DoorChannel: ServerChildChannel {
    /// One connection.
    struct Value: ServerChildChannelValue {
        let parts: AcceptedParts
        let channel: any Channel
        let user: Caller?
        let names: [String: Set<Role>]
        let presence: Presence

        /// Whom the connection itself names: by its user ID, or by its certificate once there has been a handshake.
        func caller() async -> Caller? {
            guard !names.isEmpty else { return user }
            guard let certificate = try? await channel.nioSSL_peerCertificate().get() else { return nil }
            return .named(by: certificate, roles: names)
        }
    }

    let limits: DoorLimits
    let connections: Connections
    let desk: Desk
    /// Who may connect by user ID; `nil` where that is not known.
    let users: [UInt32: Set<Role>]?
    /// Who may come in by a certificate of this name.
    let names: [String: Set<Role>]
    let credentials: PeerCredentials.Reader
    private let http: HTTP1Channel

    init(
        limits: DoorLimits, connections: Connections, desk: Desk, users: [UInt32: Set<Role>]?,
        names: [String: Set<Role>], credentials: @escaping PeerCredentials.Reader
    ) {
        self.limits = limits
        self.connections = connections
        self.desk = desk
        self.users = users
        self.names = names
        self.credentials = credentials
        var configuration = HTTP1Channel.Configuration()
        configuration.httpDecoder = .init(
            maxHeaderFieldSize: limits.headerSize, maxHeaderListSize: limits.headerSize, maxHeaderFieldCount: limits.headerCount)
        // The responder of Hummingbird's own loop, which does not run: ours collects bodies before it dispatches.
        http = HTTP1Channel(responder: { _, _, _ in }, configuration: configuration)
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let admitted: EventLoopFuture<Caller?>
        if let users {
            admitted = credentials(channel).flatMapThrowing { peer in
                guard let roles = users[peer.user] else { throw Refusal.foreignUser(peer) }
                return Caller("uid \(peer.user)", roles: roles)
            }
        } else {
            admitted = channel.eventLoop.makeSucceededFuture(nil)
        }
        return admitted.flatMapThrowing { caller in
            let peer = caller?.name ?? Connections.peer(at: channel.remoteAddress?.ipAddress)
            try connections.open(peer)
            desk.counts.opened()
            channel.closeFuture.whenComplete { _ in
                connections.close(peer)
                desk.counts.closed()
            }
            return caller
        }.flatMap { caller in
            let presence = Presence()
            return prepare(channel, presence, logger).map {
                Value(parts: AcceptedParts($0), channel: $0.channel, user: caller, names: names, presence: presence)
            }
        }.flatMapErrorThrowing { error in
            desk.refused(error, logger)
            // The listener does not close what could not be set up.
            channel.close(promise: nil)
            throw error
        }
    }

    private func prepare(_ channel: any Channel, _ presence: Presence, _ logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        do {
            let pipeline = channel.pipeline.syncOperations
            let watch = ConnectionGuard(limits, presence)
            try pipeline.addHandler(ConnectionGuard.Bytes(watch))
            let parts = http.setup(channel: channel, logger: logger)
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            try pipeline.addHandler(ConnectionGuard.Messages(watch), position: .after(decoder))
            return parts
        } catch { return channel.eventLoop.makeFailedFuture(error) }
    }

    func handle(value: Value, logger: Logger) async {
        await withTaskCancellationHandler {
            await Conversation(value, desk: desk).run()
        } onCancel: {
            value.channel.close(promise: nil)
        }
    }
}
