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
        try read(resolved(path), passphrase: passphrase, on: SystemStateFiles()).0
    }

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
        let path: String
        let seal: CardStateSeal?
        private let snapshot: CardSnapshot
        private let files: any StateFileSystem
        private let lock: Mutex<Int32?>

        fileprivate init(_ path: String, _ snapshot: CardSnapshot, seal: CardStateSeal?, on files: any StateFileSystem, lock: Int32) {
            self.path = path
            self.seal = seal
            // Only the card's description is of use from now on: its memory changes.
            self.snapshot = snapshot.with([:])
            self.files = files
            self.lock = Mutex(lock)
        }

        deinit { close() }

        /// Makes `cells` the file's contents, lastingly.
        func keep(_ cells: [String: CardMemory.Value]) throws(CardMemoryError) {
            try lock.withLock { lock throws(CardMemoryError) in
                guard lock != nil else { throw .notKept("its file is closed") }
                let bytes: [UInt8]
                do throws(CardStateError) {
                    bytes = try CardStateDocument(snapshot.with(cells), seal: seal).encoded()
                } catch {
                    throw .notKept(error.description)
                }
                do throws(StateFileFailure) {
                    try files.replace(path, with: bytes)
                } catch {
                    let reason = CardStateError(error, path).description
                    guard error.isUnsettled else { throw .notKept(reason) }
                    // Whoever opens the file anew finds out what has become of it.
                    release(&lock)
                    throw .unsettled(reason)
                }
            }
        }

        func close() { lock.withLock { release(&$0) } }

        private func release(_ lock: inout Int32?) {
            if let lock = lock.take() { files.release(lock) }
        }
    }

    static func create(
        at path: String, _ snapshot: CardSnapshot, seal: CardStateSeal?, on files: any StateFileSystem
    ) throws(CardStateError) -> Keeper {
        let path = resolved(path)
        return try locked(path, on: files) { lock throws(CardStateError) in
            guard try bytes(of: path, on: files) == nil else { throw .exists(path) }
            let bytes = try CardStateDocument(snapshot, seal: seal).encoded()
            do throws(StateFileFailure) {
                try files.replace(path, with: bytes)
            } catch {
                if error.isUnsettled { try? files.remove(path) }
                throw CardStateError(error, path)
            }
            return Keeper(path, snapshot, seal: seal, on: files, lock: lock)
        }
    }

    static func open(
        at path: String, passphrase: CardPassphrase?, on files: any StateFileSystem
    ) throws(CardStateError) -> (Keeper, CardSnapshot) {
        let path = resolved(path)
        // Without the file there is nothing to lock, and no lock is left behind.
        guard try bytes(of: path, on: files) != nil else { throw .missing(path) }
        let lock = try take(path, on: files)
        do throws(CardStateError) {
            // Its other names would have locks of their own.
            guard files.links(to: path) <= 1 else { throw .linked(path) }
            let (snapshot, seal) = try read(path, passphrase: passphrase, on: files)
            return (Keeper(path, snapshot, seal: seal, on: files, lock: lock), snapshot)
        } catch {
            files.release(lock)
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

    private static func locked(
        _ path: String, on files: any StateFileSystem, _ body: (Int32) throws(CardStateError) -> Keeper
    ) throws(CardStateError) -> Keeper {
        let lock = try take(path, on: files)
        do throws(CardStateError) { return try body(lock) } catch {
            files.release(lock)
            throw error
        }
    }

    private static func take(_ path: String, on files: any StateFileSystem) throws(CardStateError) -> Int32 {
        let lock: Int32?
        do throws(StateFileFailure) { lock = try files.lock(path + ".lock") } catch { throw CardStateError(error, error.path) }
        guard let lock else { throw .locked(path) }
        return lock
    }

    /// One file has one name here, so that a symbolic link to it cannot get round the lock; a file with hard links is not opened.
    private static func resolved(_ path: String) -> String { URL(filePath: path).resolvingSymlinksInPath().path }
}

extension CardStateError {
    /// What the system refused, under the name by which errors call the file.
    fileprivate init(_ failure: StateFileFailure, _ path: String) { self = .system(failure.call, path, failure.reason) }
}
