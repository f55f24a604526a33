import NIOCore

/// One who listens: what changed before they came and they have not seen, then what happens.
struct FeedListener: Sendable {
    /// Behind which change they have seen nothing; up to ``joinedAt`` it is read page by page, as fast as they take it.
    let position: Int64
    /// The change up to which ``live`` does not tell.
    let joinedAt: Int64
    /// Whether more changed than is told again: they are to read the lists anew.
    let isTooFarBehind: Bool
    /// What happens from now on, as it is written; it ends when they read too slowly, or leave.
    let live: AsyncStream<ByteBuffer>
}
