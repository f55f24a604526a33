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
    ///
    /// They are then either kept or not, and an error says which.
    typealias Keeper = @Sendable (_ cells: [String: Value]) throws(CardMemoryError) -> Void

    /// Where power is lost, and whether it is.
    private struct Power {
        /// Writes since the faults were planned, lasting or not.
        var writes = 0
        /// Those that are lasting.
        var lasting = 0
        var cuts: [Int: Fault.Moment] = [:]
        var loss: (write: Int, moment: Fault.Moment)?
    }

    private let cells: Mutex<[String: Value]>
    private let power = Mutex(Power())
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
    /// - Throws: ``CardMemoryError``: then nothing changed, unless it is ``CardMemoryError/unsettled(_:)``.
    func write(_ changes: [String: Value?]) throws(CardMemoryError) {
        try cells.withLock { cells throws(CardMemoryError) in
            var new = cells
            for (name, value) in changes { new[name] = value }
            let moment = try reachWrite()
            try change(&cells, to: new)
            power.withLock {
                $0.lasting += 1
                if moment == .after { $0.loss = ($0.writes, .after) }
            }
        }
    }

    // MARK: Power

    /// Plans that power is lost at some writes, counted from 1 and from now on: before nothing changes, after it is lasting.
    ///
    /// From then on nothing can be written until ``restorePower()``.
    func losePower(at cuts: [Int: Fault.Moment]) {
        power.withLock { $0 = Power(cuts: cuts) }
    }

    /// The write at which power was lost, as was planned; `nil` while there is power.
    var powerLoss: (write: Int, moment: Fault.Moment)? { power.withLock { $0.loss } }

    /// How many writes have become lasting since the faults were planned.
    var lastingWrites: Int { power.withLock { $0.lasting } }

    /// There is power again.
    func restorePower() { power.withLock { $0.loss = nil } }

    /// Counts a write; what is planned for after it.
    private func reachWrite() throws(CardMemoryError) -> Fault.Moment? {
        try power.withLock { power throws(CardMemoryError) in
            guard power.loss == nil else { throw .unpowered }
            power.writes += 1
            let moment = power.cuts[power.writes]
            guard moment != .before else {
                power.loss = (power.writes, .before)
                throw .unpowered
            }
            return moment
        }
    }

    /// Puts other contents in place of all that is there.
    ///
    /// - Throws: ``CardMemoryError``: then nothing changed, unless it is ``CardMemoryError/unsettled(_:)``.
    func replace(with new: [String: Value]) throws(CardMemoryError) {
        try cells.withLock { cells throws(CardMemoryError) in try change(&cells, to: new) }
    }

    /// Keeps the new contents and goes on with what is kept, which may be they even when that fails.
    private func change(_ cells: inout [String: Value], to new: [String: Value]) throws(CardMemoryError) {
        do throws(CardMemoryError) {
            try keep(new)
        } catch {
            if case .unsettled = error { cells = new }
            throw error
        }
        cells = new
    }
}

/// Why a write of a card's memory failed.
public enum CardMemoryError: Error, Hashable, Sendable {
    /// It could not be made lasting; the text says why.
    case notKept(String)
    /// It changed, and nobody knows whether that lasts; the text says why. Nothing more is written.
    case unsettled(String)
    /// Power was lost, on purpose.
    case unpowered
}

extension CardMemoryError: CustomStringConvertible {
    /// What is wrong.
    public var description: String {
        switch self {
        case .notKept(let reason): "the card's memory could not be written: \(reason)"
        case .unsettled(let reason): "the card's memory was written, and may not last: \(reason)"
        case .unpowered: "the card has no power"
        }
    }

    /// What the person can do next.
    public var hint: String {
        switch self {
        case .notKept: "check the folder, its rights, and the space on the disk; then the card goes on by itself"
        case .unsettled: "check the disk, and start the emulator anew with the same file"
        case .unpowered: "give the card power"
        }
    }
}
