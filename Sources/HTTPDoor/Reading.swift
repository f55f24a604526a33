import NIOCore
import Synchronization

/// A body that is being read: nothing of it has been dispatched, so that a door that is being closed need not wait for it.
final class Reading: Sendable {
    /// How long a body may still come once the door is being closed: enough for who is sending it.
    private static let grace = TimeAmount.seconds(1)

    private let channel: any Channel
    private let isOver = Mutex(false)

    init(_ channel: any Channel) { self.channel = channel }

    /// The body has been read, or will not be.
    func end() { isOver.withLock { $0 = true } }

    /// Closes the connection in a moment, unless the body has been read by then.
    func hurry() {
        channel.eventLoop.scheduleTask(in: Self.grace) { [self] in
            if !isOver.withLock({ $0 }) { channel.close(promise: nil) }
        }
    }
}
