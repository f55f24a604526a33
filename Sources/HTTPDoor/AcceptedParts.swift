import HummingbirdCore
import NIOCore
import Synchronization

/// The HTTP of a connection that was accepted, and that somebody serves or nobody.
///
/// A listener whose task is cancelled lets go of connections that it has accepted and handed to nobody, and NIO ends the process where
/// a channel's writer goes without having been finished. So what nobody has served when it goes is closed here.
final class AcceptedParts: Sendable {
    private let parts: HTTP1Channel.Value
    private let isServed = Atomic(false)

    init(_ parts: HTTP1Channel.Value) { self.parts = parts }

    /// The requests and answers, for the one that serves them: their `executeThenClose` is to be called.
    func serve() -> HTTP1Channel.Value {
        isServed.store(true, ordering: .relaxed)
        return parts
    }

    deinit {
        guard !isServed.load(ordering: .relaxed) else { return }
        let parts = parts
        Task { try? await parts.executeThenClose { _, _ in } }
    }
}
