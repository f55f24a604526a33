internal import Foundation
internal import Synchronization

/// An emulated card that lasts: one file, which always holds all that the card has to know after power was lost.
///
/// Each change is in the file before anybody sees it: written beside it, made lasting, and then given its name, so that a
/// crash at any moment leaves the old state or the new one. When nobody can tell which of them lasts (the system refuses after
/// the new file has got the name), the card writes nothing more (`6581`) until it is opened anew. While a card is open, a lock beside the file
/// (`FILE.lock`) keeps others out; it ends with the process, however that dies.
public final class CardStateFile: Sendable {
    /// The file, links resolved.
    public let path: String
    /// The card, whose lasting memory is the file.
    public let card: VirtualCard
    /// Whether its secrets stand in the clear, as a test card's may.
    public let isTestCard: Bool
    private let keeper: Keeper

    private init(_ keeper: Keeper, card: VirtualCard) {
        path = keeper.path
        isTestCard = keeper.seal == nil
        self.keeper = keeper
        self.card = card
    }

    /// Makes a file with a copy of a card; the copy is ``card``.
    ///
    /// - Parameters:
    ///   - path: where; nothing may be there yet.
    ///   - snapshot: what the card is at the start.
    ///   - passphrase: what seals PINs and keys; `nil` for a test card, whose secrets anybody may read.
    ///   - randomness: where the card's challenges come from.
    /// - Throws: ``CardStateError``.
    public static func create(
        at path: String, _ snapshot: CardSnapshot, passphrase: CardPassphrase? = nil,
        randomness: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) throws(CardStateError) -> CardStateFile {
        let keeper = try create(at: path, snapshot, seal: passphrase?.freshSeal(), on: SystemStateFiles())
        return CardStateFile(keeper, card: try card(snapshot, keeper, randomness))
    }

    /// Opens the card in a file.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - passphrase: what it was sealed with; `nil` for a test card.
    ///   - randomness: where the card's challenges come from.
    /// - Throws: ``CardStateError``; ``CardStateError/linked(_:)`` for a file with several names, whose lock would not hold.
    public static func open(
        at path: String, passphrase: CardPassphrase? = nil,
        randomness: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) throws(CardStateError) -> CardStateFile {
        let (keeper, snapshot) = try open(at: path, passphrase: passphrase, on: SystemStateFiles())
        return CardStateFile(keeper, card: try card(snapshot, keeper, randomness))
    }

    /// What is in a file, as a copy of its own that nothing keeps; the file may be in use.
    ///
    /// - Throws: ``CardStateError``.
    public static func snapshot(of path: String, passphrase: CardPassphrase? = nil) throws(CardStateError) -> CardSnapshot {
        try read(LockedFile.resolved(path), passphrase: passphrase, on: SystemStateFiles()).0
    }

    /// How the file's writes have gone since it was opened.
    public var writes: CardStateWrites { keeper.writes }

    /// Gives the file back: another emulator may open it, and the card can change nothing any more (`6581`).
    public func close() { keeper.close() }

    private static func card(
        _ snapshot: CardSnapshot, _ keeper: Keeper, _ randomness: any RandomNumberGenerator & Sendable
    ) throws(CardStateError) -> VirtualCard {
        do throws(CardStateError) {
            return try VirtualCard(
                snapshot, memory: CardMemory(snapshot.cells) { cells throws(CardMemoryError) in try keeper.keep(cells) },
                randomness: randomness)
        } catch {
            keeper.close()
            throw error
        }
    }
}

// MARK: The file

extension CardStateFile {
    /// Writes a card's memory into its file while it has the lock.
    final class Keeper: Sendable {
        let seal: CardStateSeal?
        private let snapshot: CardSnapshot
        private let file: LockedFile
        private let state = Mutex(State())
        var path: String { file.path }
        var writes: CardStateWrites { state.withLock(\.writes) }

        private struct State {
            var sealed = SealedCells()
            var writes = CardStateWrites()
        }

        fileprivate init(_ file: LockedFile, _ snapshot: CardSnapshot, seal: CardStateSeal?) {
            self.file = file
            self.seal = seal
            // Only the card's description is of use from now on: its memory changes.
            self.snapshot = snapshot.with([:])
        }

        /// Makes `cells` the file's contents, lastingly.
        func keep(_ cells: [String: CardMemory.Value]) throws(CardMemoryError) {
            try state.withLock { state throws(CardMemoryError) in
                // Why it is closed is known, or was wanted.
                guard file.isOpen else { throw .notKept("its file is closed") }
                do throws(CardMemoryError) {
                    try write(cells, reusing: &state.sealed)
                } catch {
                    state.writes.fail(error)
                    throw error
                }
                state.writes.succeed()
            }
        }

        private func write(_ cells: [String: CardMemory.Value], reusing boxes: inout SealedCells) throws(CardMemoryError) {
            let bytes: [UInt8]
            do throws(CardStateError) {
                bytes = try CardStateDocument(snapshot.with(cells), seal: seal, reusing: &boxes).encoded()
            } catch {
                throw .notKept(error.description)
            }
            do throws(StateFileFailure) {
                try file.replace(with: bytes)
            } catch {
                let reason = CardStateError(error, path).description
                throw error.isUnsettled ? .unsettled(reason) : .notKept(reason)
            }
        }

        func close() { file.close() }
    }

    static func create(
        at path: String, _ snapshot: CardSnapshot, seal: CardStateSeal?, on files: any StateFileSystem
    ) throws(CardStateError) -> Keeper {
        let file = try take(path, on: files)
        do throws(CardStateError) {
            guard try bytes(of: file.path, on: files) == nil else { throw .exists(file.path) }
            let bytes = try CardStateDocument(snapshot, seal: seal).encoded()
            do throws(StateFileFailure) {
                try file.replace(with: bytes)
            } catch {
                if error.isUnsettled { try? files.remove(file.path) }
                throw CardStateError(error, file.path)
            }
            return Keeper(file, snapshot, seal: seal)
        } catch {
            file.close()
            throw error
        }
    }

    static func open(
        at path: String, passphrase: CardPassphrase?, on files: any StateFileSystem
    ) throws(CardStateError) -> (Keeper, CardSnapshot) {
        let path = LockedFile.resolved(path)
        // Without the file there is nothing to lock, and no lock is left behind.
        guard try bytes(of: path, on: files) != nil else { throw .missing(path) }
        let file = try take(path, on: files)
        do throws(CardStateError) {
            // Its other names would have locks of their own.
            guard files.links(to: path) <= 1 else { throw .linked(path) }
            let (snapshot, seal) = try read(path, passphrase: passphrase, on: files)
            return (Keeper(file, snapshot, seal: seal), snapshot)
        } catch {
            file.close()
            throw error
        }
    }

    private static func read(
        _ path: String, passphrase: CardPassphrase?, on files: any StateFileSystem
    ) throws(CardStateError) -> (CardSnapshot, CardStateSeal?) {
        guard let bytes = try bytes(of: path, on: files) else { throw .missing(path) }
        let document = try CardStateDocument.parsing(bytes, path)
        let seal = try passphrase.map { passphrase throws(CardStateError) in try document.seal(path, passphrase.bytes) }
        return (try document.snapshot(path, seal: seal), seal)
    }

    private static func bytes(of path: String, on files: any StateFileSystem) throws(CardStateError) -> [UInt8]? {
        do throws(StateFileFailure) {
            return try files.read(path, limit: CardStateDocument.limit)
        } catch {
            throw CardStateError(error, path)
        }
    }

    private static func take(_ path: String, on files: any StateFileSystem) throws(CardStateError) -> LockedFile {
        let file: LockedFile?
        do throws(StateFileFailure) { file = try .locking(path, on: files) } catch { throw CardStateError(error, error.path) }
        guard let file else { throw .locked(LockedFile.resolved(path)) }
        return file
    }
}

extension CardStateError {
    /// What the system refused, under the name by which errors call the file.
    fileprivate init(_ failure: StateFileFailure, _ path: String) { self = .system(failure.call, path, failure.reason) }
}
