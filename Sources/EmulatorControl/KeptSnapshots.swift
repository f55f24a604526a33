import Emulation
public import Foundation
import Synchronization

/// A copy of a device that is kept in the process.
public struct KeptSnapshot: Sendable, Encodable {
    /// What it is called.
    public let number: Int
    /// When it was made.
    public let takenAt: Date
}

/// The copies of one device: as many as are kept, the oldest is forgotten for a new one.
struct KeptSnapshots {
    /// What a copy consists of; keys among it, which never leave the process.
    enum Contents: Sendable {
        case token(TokenSnapshot)
        case handheld(HandheldSnapshot)
        case card(CardSnapshot)
    }

    /// How many are kept.
    static let limit = 8

    private(set) var all: [(snapshot: KeptSnapshot, contents: Contents)] = []
    private var lastNumber = 0

    mutating func keep(_ contents: Contents, at moment: Date) -> KeptSnapshot {
        lastNumber += 1
        let snapshot = KeptSnapshot(number: lastNumber, takenAt: moment)
        if all.count == Self.limit { all.removeFirst() }
        all.append((snapshot, contents))
        return snapshot
    }

    subscript(_ number: Int) -> Contents? { all.first { $0.snapshot.number == number }?.contents }
}

extension EmulatedDevice {
    /// Keeps a copy of all that it is now; its clock is no part of it.
    ///
    /// - Throws: ``EmulatorError/notSupported(_:)`` for a card that cannot be copied.
    public func keepSnapshot(at moment: Date) throws(EmulatorError) -> KeptSnapshot {
        let contents: KeptSnapshots.Contents
        switch part {
        case .token(let token): contents = .token(token.snapshot)
        case .scan(let scan): contents = .handheld(scan.snapshot)
        case .mobile(let mobile): contents = .handheld(mobile.snapshot)
        case .card(let slot):
            guard let copy = slot.card.snapshot else { throw .notSupported("this card cannot be copied") }
            contents = .card(copy)
        }
        return state.withLock { $0.snapshots.keep(contents, at: moment) }
    }

    /// The copies that are kept, the oldest first.
    public var snapshots: [KeptSnapshot] { state.withLock { $0.snapshots.all.map(\.snapshot) } }

    /// Makes it what a copy was; what it looks at or asks ends, and for programs it is a card's reset.
    ///
    /// - Throws: ``EmulatorError/noSuchSnapshot(_:)``.
    public func restore(_ number: Int) async throws(EmulatorError) {
        guard let contents = state.withLock({ $0.snapshots[number] }) else { throw .noSuchSnapshot(number) }
        await lookAway()
        person.leave()
        do {
            switch (part, contents) {
            case (.token(let token), .token(let copy)): try token.restore(copy)
            case (.scan(let scan), .handheld(let copy)): try scan.restore(copy)
            case (.mobile(let mobile), .handheld(let copy)): try mobile.restore(copy)
            case (.card(let slot), .card(let copy)): try slot.card.restore(copy)
            default: throw EmulatorError.noSuchSnapshot(number)
            }
        } catch let error as EmulatorError {
            throw error
        } catch {
            throw .unavailable("\(error)")
        }
        tell()
    }
}
