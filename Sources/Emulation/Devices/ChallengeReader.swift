import Crypto
import DeviceProtocol
import Foundation
import ScanChallenge

/// What Scan and phone have in common: opening what the camera sees, and spending its place in the order.
///
/// A value: what was spent changes only in ``accept(_:at:)``.
struct ChallengeReader: Sendable {
    private let privateKey: Curve25519.KeyAgreement.PrivateKey
    private let issuer: ScanIssuerIdentity
    private var sealing: ScanSealingKey?
    private var latest: Reading?

    /// What was read, and under which key.
    struct Reading: Hashable, Sendable {
        let payload: ScanPayload
        let keyID: ScanKeyID

        var challenge: Challenge { payload.challenge }
    }

    init(privateKey: Curve25519.KeyAgreement.PrivateKey, issuer: ScanIssuerIdentity) {
        self.privateKey = privateKey
        self.issuer = issuer
    }

    /// Takes the key of an enrolment; what was spent under another one no longer counts.
    ///
    /// - Parameter accepted: what was accepted last under this one, when the device remembers.
    mutating func pair(with key: ScanSealingKey, accepted: ScanPayload? = nil) {
        sealing = key
        latest = accepted.map { Reading(payload: $0, keyID: key.id) }
    }

    /// What was accepted last.
    var accepted: ScanPayload? { latest?.payload }

    /// Opens and checks a scanned text; nothing is spent.
    ///
    /// - Parameter now: the device's clock, when it has one.
    func read(_ text: String, at now: Date?) throws(ScanRefusal) -> Reading {
        guard let sealing else { throw .notPaired }
        let reading: Reading
        do {
            let envelope = try ScanEnvelope(parsing: text)
            guard envelope.keyID == sealing.id else { throw ScanRefusal.notForThisDevice }
            let payload = try ScanSeal.open(envelope, device: privateKey, keys: sealing, issuer: issuer)
            reading = Reading(payload: payload, keyID: sealing.id)
        } catch let refusal as ScanRefusal {
            throw refusal
        } catch let error as ScanError {
            throw ScanRefusal(error)
        } catch {
            throw .damaged
        }
        try check(reading, at: now)
        return reading
    }

    /// Whether this is what was accepted last: its code may be shown again.
    func wasAccepted(_ reading: Reading) -> Bool { reading == latest }

    /// Spends the place in the order, unless since it was read another one was accepted, the device was paired anew, or time
    /// has run out.
    mutating func accept(_ reading: Reading, at now: Date?) throws(ScanRefusal) {
        guard reading.keyID == sealing?.id else { throw .notForThisDevice }
        try check(reading, at: now)
        latest = reading
    }

    private func check(_ reading: Reading, at now: Date?) throws(ScanRefusal) {
        if let latest, reading.payload.sequence <= latest.payload.sequence, reading != latest { throw .alreadyUsed }
        if let now, now >= reading.challenge.expiresAt { throw .expired }
    }
}

extension ScanRefusal {
    fileprivate init(_ error: ScanError) {
        self =
            switch error {
            case .notAScanChallenge: .notAChallenge
            case .malformed, .tooLarge: .damaged
            case .unknownVersion: .unknownVersion
            case .notAuthentic, .unusableKey: .notFromThisBank
            case .invalidContent: .notShowable
            }
    }
}
