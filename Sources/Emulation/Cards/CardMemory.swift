internal import Synchronization

/// A card's lasting memory: what is still there after power was lost.
///
/// Cells with names. A write changes all its cells or none and is lasting when it returns, so an application writes first
/// and acts on it afterwards. What an application keeps elsewhere is working memory, and gone after a reset.
public final class CardMemory: Sendable {
    /// What a cell holds.
    enum Value: Sendable {
        /// Bytes that anybody may know: a counter, a certificate.
        case bytes([UInt8])
        /// Bytes that never leave the card: a PIN, a management key.
        case secret([UInt8])
        /// A private key.
        case key(VirtualKey)
    }

    /// Makes new contents lasting before anybody sees them; they replace all that was there.
    typealias Keeper = @Sendable (_ cells: [String: Value]) throws(CardMemoryError) -> Void

    private let cells: Mutex<[String: Value]>
    private let keep: Keeper

    /// An empty memory that lasts as long as the process.
    public convenience init() { self.init([:]) }

    /// A memory with these cells; without `keep` it lasts as long as the process.
    init(_ cells: [String: Value], keep: @escaping Keeper = { _ throws(CardMemoryError) in }) {
        self.cells = Mutex(cells)
        self.keep = keep
    }

    /// The value of a cell; `nil` when there is none.
    subscript(_ name: String) -> Value? { cells.withLock { $0[name] } }

    /// All cells as they are at one moment.
    var contents: [String: Value] { cells.withLock { $0 } }

    /// The bytes of a cell, secret or not; `nil` when there is none.
    func bytes(_ name: String) -> [UInt8]? {
        switch self[name] {
        case .bytes(let bytes), .secret(let bytes): bytes
        case .key, nil: nil
        }
    }

    /// The key in a cell; `nil` when there is none.
    func key(_ name: String) -> VirtualKey? {
        if case .key(let key) = self[name] { return key }
        return nil
    }

    /// Changes cells, all or none; `nil` empties one.
    ///
    /// - Throws: ``CardMemoryError``: then nothing changed.
    func write(_ changes: [String: Value?]) throws(CardMemoryError) {
        try cells.withLock { cells throws(CardMemoryError) in
            var new = cells
            for (name, value) in changes { new[name] = value }
            try keep(new)
            cells = new
        }
    }

    /// Puts other contents in place of all that is there.
    ///
    /// - Throws: ``CardMemoryError``: then nothing changed.
    func replace(with new: [String: Value]) throws(CardMemoryError) {
        try cells.withLock { cells throws(CardMemoryError) in
            try keep(new)
            cells = new
        }
    }
}

/// Why a card's memory did not change.
public enum CardMemoryError: Error, Hashable, Sendable {
    /// It could not be made lasting; the text says why.
    case notKept(String)
}

extension CardMemoryError: CustomStringConvertible {
    /// What is wrong.
    public var description: String {
        switch self {
        case .notKept(let reason): "the card's memory could not be written: \(reason)"
        }
    }
}
