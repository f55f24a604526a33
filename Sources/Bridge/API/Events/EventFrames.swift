import NIOCore
import Verification

/// One listener's stream as it is written: first what they missed, page by page, then what happens.
///
/// The next frame is made when the last one was taken, so that whoever reads slowly holds up nobody.
struct EventFrames: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    private let feed: Feed
    private let listener: FeedListener

    init(_ feed: Feed, _ listener: FeedListener) {
        self.feed = feed
        self.listener = listener
    }

    func makeAsyncIterator() -> Iterator { Iterator(feed, listener) }

    struct Iterator: AsyncIteratorProtocol {
        private let feed: Feed
        private let joinedAt: Int64
        private var position: Int64
        private var ready: [ByteBuffer]
        private var live: AsyncStream<ByteBuffer>.AsyncIterator

        init(_ feed: Feed, _ listener: FeedListener) {
            self.feed = feed
            joinedAt = listener.joinedAt
            position = listener.position
            live = listener.live.makeAsyncIterator()
            // Said at once, so that the client knows that it listens, and from where on.
            ready = [ByteBuffer(string: "retry: 2000\nid: \(listener.position)\n\n")]
            if listener.isTooFarBehind {
                ready.insert(FeedEvent(id: joinedAt, name: .reset, data: ByteBuffer(string: "{}")).frame, at: 0)
            }
        }

        mutating func next(isolation actor: isolated (any Actor)? = #isolation) async throws -> ByteBuffer? {
            while true {
                if !ready.isEmpty { return ready.removeFirst() }
                guard position < joinedAt else { return await live.next(isolation: actor) }
                let page = try await feed.page(after: position, upTo: joinedAt)
                position = page.last?.id ?? joinedAt
                ready = page.map(\.frame)
            }
        }
    }
}
