import Crypto
import DeviceProtocol
public import Foundation

/// One row of the audit log: an event in its place, tied to all rows before it.
///
/// Its hash is SHA-256 over `tessera/audit/1`, the hash before, number, time in milliseconds of Unix, kind, person, operation and
/// detail, each behind its length in four bytes, most significant first; what is missing has no bytes. A row that says who asked begins
/// with `tessera/audit/2` instead, and the caller follows the detail, then the clerk where there is one.
public struct AuditRow: Hashable, Sendable {
    /// The row's number, from 1 on, without a gap.
    public let number: Int64
    /// When, in milliseconds of Unix.
    public let milliseconds: Int64
    /// What happened.
    public let kind: AuditEvent.Kind
    /// The reference of whom it is about, 32 bytes.
    public let reference: [UInt8]?
    /// The operation's id, 16 bytes.
    public let operation: [UInt8]?
    /// Facts in a few plain words.
    public let detail: String
    /// Who asked for it; `nil` where the program acted by itself, and in rows of versions that did not know.
    public let requester: Requester?
    /// The hash over this row and, through the one before, over all rows up to here; 32 bytes.
    public let hash: [UInt8]
    /// Whom the reference stands for; `nil` when that was erased.
    public let person: AuditPerson?

    /// A row as a store kept it.
    public init(
        number: Int64, milliseconds: Int64, kind: AuditEvent.Kind, reference: [UInt8]?, operation: [UInt8]?, detail: String,
        requester: Requester?, hash: [UInt8], person: AuditPerson?
    ) {
        self.number = number
        self.milliseconds = milliseconds
        self.kind = kind
        self.reference = reference
        self.operation = operation
        self.detail = detail
        self.requester = requester
        self.hash = hash
        self.person = person
    }

    /// When it happened.
    public var date: Date { Date(timeIntervalSince1970: Double(milliseconds) / 1_000) }

    /// What ``hash`` has to be behind a row with the hash `previous`.
    func hash(after previous: [UInt8]) -> [UInt8] {
        Self.hash(
            after: previous, number: number, milliseconds: milliseconds, kind: kind, reference: reference, operation: operation,
            detail: detail, requester: requester)
    }

    private static func hash(
        after previous: [UInt8], number: Int64, milliseconds: Int64, kind: AuditEvent.Kind, reference: [UInt8]?, operation: [UInt8]?,
        detail: String, requester: Requester?
    ) -> [UInt8] {
        let parts = [
            previous, number.bytes, milliseconds.bytes, Array(kind.rawValue.utf8), reference ?? [], operation ?? [], Array(detail.utf8),
        ]
        guard let requester else { return AuditHash.of("tessera/audit/1", parts) }
        return AuditHash.of("tessera/audit/2", parts + [requester.caller, requester.clerk].compactMap { $0.map { Array($0.utf8) } })
    }
}

extension AuditRow {
    /// The row of an event behind what is there.
    ///
    /// - Parameters:
    ///   - prepared: what happened, and whom it is about.
    ///   - requester: who asked for it.
    ///   - chain: which log, and where it ends.
    public init(_ prepared: PreparedEvent, askedBy requester: Requester?, behind chain: AuditChain) {
        let event = prepared.event
        let (number, milliseconds) = (chain.last + 1, event.at.auditMilliseconds)
        let (reference, operation) = (prepared.reference, event.operation?.bytes)
        self.init(
            number: number, milliseconds: milliseconds, kind: event.kind, reference: reference, operation: operation, detail: event.detail,
            requester: requester,
            hash: Self.hash(
                after: chain.hash, number: number, milliseconds: milliseconds, kind: event.kind, reference: reference,
                operation: operation, detail: event.detail, requester: requester),
            person: prepared.person)
    }
}

/// Whom an audit row is about, kept beside it so that it can be erased.
///
/// The row holds only a hash with a salt of its own: once this is erased, nobody finds out by trying names.
public struct AuditPerson: Hashable, Sendable {
    /// 16 random bytes.
    public let salt: [UInt8]
    /// The subscriber.
    public let subscriber: String
    /// The device, or nothing.
    public let device: String

    /// A person as a store kept it.
    public init(salt: [UInt8], subscriber: String, device: String) {
        self.salt = salt
        self.subscriber = subscriber
        self.device = device
    }

    /// What rows hold: SHA-256 over `tessera/audit-person/1`, salt, subscriber and device, each behind its length.
    public var reference: [UInt8] { AuditHash.of("tessera/audit-person/1", [salt, Array(subscriber.utf8), Array(device.utf8)]) }
}

/// Which log it is, and where it ends.
public struct AuditChain: Hashable, Sendable {
    /// 32 random bytes, drawn when the store was made: a row of one log fits into no other.
    public let id: [UInt8]
    /// The number of the last row; zero before the first.
    public let last: Int64
    /// The hash of the last row, or what stands before the first.
    public let hash: [UInt8]
    /// The time of the last row, in milliseconds of Unix.
    public let milliseconds: Int64

    /// A log that ends with `row`, or has none.
    public init(id: [UInt8], after row: (number: Int64, hash: [UInt8], milliseconds: Int64)? = nil) {
        self.id = id
        last = row?.number ?? 0
        hash = row?.hash ?? AuditHash.of("tessera/audit-genesis/1", [id])
        milliseconds = row?.milliseconds ?? .min
    }

    /// What belongs before `event`: that the clock jumped back behind the last row by more than two seconds.
    public func jump(before event: AuditEvent) -> AuditEvent? {
        let now = event.at.auditMilliseconds
        guard last > 0, now < milliseconds - 2_000 else { return nil }
        return AuditEvent(.clockJumped, at: event.at, detail: "back \((milliseconds - now) / 1_000) s").unasked
    }
}

/// SHA-256 over parts that can be told apart.
enum AuditHash {
    static func of(_ tag: String, _ parts: [[UInt8]]) -> [UInt8] {
        Array(SHA256.hash(data: ([Array(tag.utf8)] + parts).lengthPrefixed))
    }
}

extension Int64 {
    /// Eight bytes, most significant first.
    var bytes: [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: self >> (56 - 8 * $0)) } }
}

extension Date {
    /// Whole milliseconds of Unix; what does not fit is as near as possible.
    package var auditMilliseconds: Int64 {
        Int64(exactly: (timeIntervalSince1970 * 1_000).rounded()) ?? (self < .now ? .min / 2 : .max / 2)
    }
}
