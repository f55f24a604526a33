import Synchronization

/// What a card's own directory says of keys whose numbers it did not know by their places: looked up once, and kept with what was read.
final class KeyCorrections: Sendable {
    private let found = Mutex<[[UInt8]: PKCS15PrivateKey]>([:])

    /// The key as the directory has it; `nil` while nobody had to look.
    subscript(key: CardKey) -> PKCS15PrivateKey? {
        get { found.withLock { $0[key.id] } }
        set { found.withLock { $0[key.id] = newValue } }
    }
}
