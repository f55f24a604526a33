import Crypto
public import Foundation
public import ScanChallenge
import Secrets

/// What a phone's answers are checked with, and what it may be restored with.
public struct PhoneCredential: Equatable, Sendable, Codable {
    /// For its codes, 32 bytes; RFC 6287.
    public let ocraKey: KeyMaterial
    /// For its online answers.
    public let answerKey: AnswerKey
    /// What evidence of its codes is marked with.
    public let evidenceKey: EvidenceKey
    /// What is known of the restore ticket; `nil` unless the subscriber switched the backup on.
    private var backup: Backup?

    /// Of a ticket only the hash is kept, and how often somebody came with another one.
    private struct Backup: Equatable, Codable {
        let ticketHash: Data
        var failures = 0
        var firstFailure: Date?
    }

    /// How many wrong tickets in an hour end all attempts until the hour is over.
    public static let ticketLimit = 5
    private static let hour: TimeInterval = 3600

    /// The keys of a phone without backup.
    public init(ocraKey: KeyMaterial, answerKey: AnswerKey, evidenceKey: EvidenceKey = EvidenceKey()) {
        self.ocraKey = ocraKey
        self.answerKey = answerKey
        self.evidenceKey = evidenceKey
    }

    /// Makes `ticket` the one that counts, or none.
    public mutating func keep(_ ticket: RestoreTicket?) { backup = ticket.map { Backup(ticketHash: Data(SHA256.hash(data: $0.secret))) } }

    /// Whether `ticket` is the one that counts; a wrong one is counted, and after too many the right one does not count either.
    public mutating func takes(_ ticket: RestoreTicket, at now: Date) -> Bool {
        guard var known = backup else { return false }
        if let first = known.firstFailure, now.timeIntervalSince(first) >= Self.hour {
            known.failures = 0
            known.firstFailure = nil
        }
        guard known.failures < Self.ticketLimit else { return false }
        if constantTimeEquals(Array(known.ticketHash), Array(SHA256.hash(data: ticket.secret))) { return true }
        known.failures += 1
        known.firstFailure = known.firstFailure ?? now
        backup = known
        return false
    }
}
