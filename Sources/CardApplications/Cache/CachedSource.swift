public import ISO7816
import Secrets

/// A source of cards whose certificates are read once: what was read before comes from a cache.
public struct CachedSource: CardSource {
    private let source: any CardSource
    private let cache: any ObjectCache

    /// The cards of `source`, with the memory that `cache` has of them.
    public init(_ source: any CardSource, cache: any ObjectCache) {
        self.source = source
        self.cache = cache
    }

    /// The readers of the source.
    ///
    /// - Throws: ``CardError`` of the source.
    public func slots() async throws(CardError) -> [CardSlot] { try await source.slots() }

    /// The changes of the source.
    public func changes() -> AsyncStream<[CardSlot]> { source.changes() }

    /// The source's own witness.
    public func witness(of reader: String) async -> (any CardWitness)? { await source.witness(of: reader) }

    /// Opens a session that remembers.
    ///
    /// - Throws: ``CardError`` of the source.
    public func open(_ reader: String) async throws(CardError) -> any CardSession {
        RememberingSession(session: try await source.open(reader), cache: cache)
    }
}

/// A session with a memory.
private struct RememberingSession: CardSession {
    let session: any CardSession
    let cache: any ObjectCache

    var atr: ATR { session.atr }
    var passesExtendedLength: Bool { get async { await session.passesExtendedLength } }
    var pinpad: (any Pinpad)? { get async { await session.pinpad } }
    var objectCache: (any ObjectCache)? { cache }

    func transmit(_ command: [UInt8]) async throws(CardError) -> [UInt8] { try await session.transmit(command) }

    func transmit(_ command: consuming SensitiveCommand) async throws(CardError) -> [UInt8] { try await session.transmit(command) }

    func end(_ disposition: CardDisposition) async { await session.end(disposition) }
}
