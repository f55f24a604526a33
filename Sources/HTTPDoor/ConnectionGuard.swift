import HTTPTypes
import NIOCore
import NIOHTTP1

/// Watches one connection: closes it when its deadline is over, or when the client does not take what is written.
///
/// Two handlers report to it, one that sees bytes and one that sees requests; all on the connection's event loop.
final class ConnectionGuard {
    private var deadline: ConnectionDeadline
    private let stallTime: TimeAmount
    private var due: Scheduled<Void>?
    private var stall: Scheduled<Void>?
    private let presence: Presence

    init(_ limits: DoorLimits, _ presence: Presence) {
        self.presence = presence
        deadline = ConnectionDeadline(limits)
        stallTime = TimeAmount(limits.stallTime)
    }

    /// Sees bytes, behind TLS and before HTTP.
    final class Bytes: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let watch: ConnectionGuard

        init(_ watch: ConnectionGuard) { self.watch = watch }

        func handlerAdded(context: ChannelHandlerContext) { watch.apply(watch.deadline.opened(), context) }

        func handlerRemoved(context: ChannelHandlerContext) { watch.stop() }

        func channelInactive(context: ChannelHandlerContext) {
            watch.stop()
            watch.presence.leave()
            context.fireChannelInactive()
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            watch.apply(watch.deadline.received(), context)
            context.fireChannelRead(data)
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if event as? ChannelEvent == .inputClosed { watch.presence.leave() }
            context.fireUserInboundEventTriggered(event)
        }

        func channelWritabilityChanged(context: ChannelHandlerContext) {
            watch.stall?.cancel()
            watch.stall = context.channel.isWritable ? nil : watch.close(context, in: watch.stallTime)
            context.fireChannelWritabilityChanged()
        }
    }

    /// Sees requests and answers, right behind HTTP's decoder, where versions and doubled fields still show.
    final class Messages: ChannelDuplexHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias InboundOut = HTTPServerRequestPart
        typealias OutboundIn = HTTPServerResponsePart
        typealias OutboundOut = HTTPServerResponsePart

        private let watch: ConnectionGuard
        private var isLast = false

        init(_ watch: ConnectionGuard) { self.watch = watch }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                if let fault = MessageFault(head) { return context.fireErrorCaught(fault) }
                watch.apply(watch.deadline.head(), context)
            case .body: break
            case .end: watch.apply(watch.deadline.end(), context)
            }
            context.fireChannelRead(data)
        }

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            switch unwrapOutboundIn(data) {
            case .head(let head): isLast = head.headers[canonicalForm: "connection"].contains("close")
            case .body: break
            case .end: watch.apply(watch.deadline.answered(isLast: isLast), context)
            }
            context.write(data, promise: promise)
        }
    }

    private func apply(_ change: ConnectionDeadline.Change, _ context: ChannelHandlerContext) {
        guard change != .stays else { return }
        due?.cancel()
        due = nil
        if case .within(let time) = change { due = close(context, in: TimeAmount(time)) }
    }

    private func stop() {
        due?.cancel()
        stall?.cancel()
        (due, stall) = (nil, nil)
    }

    private func close(_ context: ChannelHandlerContext, in time: TimeAmount) -> Scheduled<Void> {
        let channel = context.channel
        return context.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
    }
}

/// A request that the decoder takes and this house does not.
enum MessageFault: Error {
    case version
    case hosts(Int)
    case target
    case field

    init?(_ head: HTTPRequestHead) {
        guard head.version == .http1_1 else {
            self = .version
            return
        }
        let hosts = head.headers["host"].count
        guard hosts == 1 else {
            self = .hosts(hosts)
            return
        }
        guard head.uri.utf8.first == 0x2F else {
            self = .target
            return
        }
        guard !head.headers.contains(where: { $0.value.isLongAndNotASCII }) else {
            self = .field
            return
        }
        return nil
    }
}

extension MessageFault {
    /// What the client is told.
    var problem: Problem {
        switch self {
        case .version:
            Problem(.httpVersionNotSupported, "unsupportedVersion", "only HTTP/1.1 is spoken here", userAction: "ask by HTTP/1.1")
        case .hosts(let count):
            Problem(
                .badRequest, "invalidRequest", "the request has \(count) Host fields, and it must have one (RFC 9112, 3.2)",
                userAction: "send one Host field")
        case .target:
            Problem(
                .badRequest, "invalidRequest", "the request's target does not begin with \"/\"",
                userAction: "ask for a path (RFC 9112, 3.2.1)")
        case .field:
            Problem(
                .requestHeaderFieldsTooLarge, "tooLarge",
                "a header field of the request has more than \(String.fieldLimit) bytes, and not of ASCII alone",
                userAction: "send shorter header fields")
        }
    }
}

extension String {
    /// The most bytes of a header field that is not of ASCII alone: comparing such text takes the square of its length.
    fileprivate static let fieldLimit = 512

    fileprivate var isLongAndNotASCII: Bool { utf8.count > Self.fieldLimit && utf8.contains { $0 >= 0x80 } }
}
