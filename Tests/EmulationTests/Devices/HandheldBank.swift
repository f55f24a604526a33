import Crypto
import DeviceProtocol
import Foundation
import ScanChallenge
import Synchronization
import TestSupport

@testable import Emulation

/// A clock that the test sets.
final class HandClock: Sendable {
    private let time: Mutex<Date>

    init(_ seconds: TimeInterval) { time = Mutex(Date(timeIntervalSince1970: seconds)) }

    var now: Date { time.withLock { $0 } }

    func set(_ seconds: TimeInterval) { time.withLock { $0 = Date(timeIntervalSince1970: seconds) } }

    var reading: @Sendable () -> Date { { self.now } }
}

/// The bank's side of a Scan or phone: it seals challenges and computes the codes that it expects.
struct HandheldBank {
    static let nonce = [UInt8](repeating: 6, count: 16)
    static let issuedAt: TimeInterval = 1_700_000_000

    let issuer: ScanIssuer

    init(id: String = "bank.example", seed: UInt8 = 1) throws {
        issuer = try ScanIssuer(id: id, privateKey: .init(rawRepresentation: [UInt8](repeating: seed, count: 32)))
    }

    func keys(_ record: ScanFactoryRecord, nonce: [UInt8] = nonce, enrolment: String = "enrolment-1") throws -> ScanKeys {
        try ScanKeys(record: record, nonce: nonce, enrolment: enrolment)
    }

    func payment(_ number: UInt8 = 1, payee: String = "Ada Lovelace", timeToLive: Int = 120) throws -> Challenge {
        try Challenge(
            id: ChallengeID([UInt8](repeating: number, count: 16)), origin: "bank.example",
            issuedAt: Date(timeIntervalSince1970: Self.issuedAt), timeToLive: timeToLive,
            content: .payment(
                Payment(
                    iban: IBAN("LU280019400644750000"), amount: Amount(minorUnits: 1250, currency: Currency("EUR")), payee: payee,
                    reference: "Invoice \(number)")))
    }

    func seal(_ challenge: Challenge, at sequence: ScanSequence, for record: ScanFactoryRecord, keys: ScanKeys? = nil) throws -> String {
        try ScanSeal.seal(
            ScanPayload(sequence: sequence, challenge: challenge), to: record.publicKey,
            keys: (keys ?? self.keys(record)).sealing, issuer: issuer)
    }

    func seal(_ challenge: Challenge, _ counter: UInt32, epoch: UInt16 = 0, for record: ScanFactoryRecord) throws -> String {
        try seal(challenge, at: ScanSequence(epoch: epoch, counter: counter), for: record)
    }

    func seal(_ challenge: Challenge, _ counter: UInt32, for record: ScanFactoryRecord, enrolment: String) throws -> String {
        try seal(challenge, at: ScanSequence(epoch: 0, counter: counter), for: record, keys: keys(record, enrolment: enrolment))
    }

    func code(_ challenge: Challenge, _ record: ScanFactoryRecord, kind: AnswerKind) throws -> String {
        try ScanCode.compute(ocraKey: keys(record).ocra, challenge: challenge, device: record.serial, kind: kind)
    }
}

/// Runs something that must fail with a `DeviceError`, and returns it.
func deviceError<Result>(_ body: () async throws(DeviceError) -> Result) async -> DeviceError? {
    do {
        _ = try await body()
        return nil
    } catch {
        return error
    }
}
