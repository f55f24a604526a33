import Synchronization

/// What a card's own directory says of keys whose numbers it did not know by their places: looked up once, and kept with what was read.
final class KeyCorrections: Sendable {
    private struct State {
        var found: [[UInt8]: PKCS15PrivateKey] = [:]
        var isDoubtful = false
    }

    private let state = Mutex(State())

    /// The key as the directory has it; `nil` while nobody had to look.
    subscript(key: CardKey) -> PKCS15PrivateKey? {
        get { state.withLock { $0.found[key.id] } }
        set { state.withLock { $0.found[key.id] = newValue } }
    }

    /// Whether the card refused a signature, so that the next one is asked for by the directory's number.
    var isDoubtful: Bool {
        get { state.withLock { $0.isDoubtful } }
        set { state.withLock { $0.isDoubtful = newValue } }
    }
}
