import DeviceProtocol
import Foundation
import ScanChallenge
import Testing
import Verification

/// Each error names the thing, and the next step.
struct ErrorTextTests {
    private static let device = DeviceID(rawValue: "T-1")
    private static let date = Date(timeIntervalSince1970: 1_735_603_200)

    private static let refusals: [CertificateRefusal] =
        [
            .malformed, .oversized(bytes: 17_000), .tooMany(6), .weakKey(bits: 1024), .unusableKey("secp256k1"),
            .outsideValidity(from: date, until: date + 60),
            .sameKeyForBothRoles, .revoked(since: date), .revocationUnknown("no list"), .malformedRevocationList,
            .malformedRevocationAnswer,
            .untrusted("no issuer in sight"), .wrongSignature,
        ] + KeyRole.allCases.flatMap { [.wrongKeyUsage($0), .notEnrolled($0)] }

    private static let stores: [StoreError] = [
        .unavailable("disk I/O error"), .busy, .full, .damaged("malformed"), .conflict("it exists"), .otherMark(.test),
        .otherMark(.production), .exposed(path: "/srv/store"), .notDurable("journal delete"), .cancelled, .keyNeeded,
        .unknownKey(StoreKeyID([1, 2, 3, 4, 5, 6, 7, 8])), .unusableKeys("line 1 is not Base64"),
        .unreachable(server: "db.example/bank", "connection refused"), .unknownOutcome(server: "db.example/bank"),
        .notAdmitted(server: "db.example/bank", "password authentication failed"),
        .exhausted(.memory, server: "db.example/bank", "out of memory"),
        .exhausted(.connections, server: "db.example/bank", "too many clients"), .exhausted(.limit, server: "db.example/bank", "files"),
        .nameTaken("desk"),
    ]

    private static func errors() throws -> [VerificationError] {
        let device = try #require(device)
        let id = try ChallengeID(Array(repeating: 0xAB, count: 16))
        return [
            .noSuchDevice(device), .deviceNotActive(device, .blocked), .deviceNotActive(device, .suspended),
            .unknownProduct(.token), .productRetired(.token, since: date), .approvalNotAdmitted(.token), .alreadyEnrolled(device),
            .limitReached(.mobile, limit: 2), .wrongRegistration(.scan), .otherSerial(device, of: try DeviceID("T-2")), .weakSeed(bits: 80),
            .otherCertificate(device, of: try DeviceID("T-2")),
            .emulatedDeviceRefused(device), .testRootRefused, .testRootForRealDevice(device), .content(.amountOutOfRange),
            .scan(.tooLarge(characters: 700, limit: 600)), .noIssuer, .invalidIdempotencyKey, .idempotencyConflict("one"),
            .noSuchOperation(id), .ended(id, "refused"), .working(id), .notWorking(id), .transaction(.notATransaction),
            .notResynchronised(device), .reservedPlace(SecretImageChange.place),
        ] + refusals.map(VerificationError.certificate) + stores.map(VerificationError.store)
    }

    @Test func `every error has a sentence of its own and a next step`() throws {
        let errors = try Self.errors()
        #expect(Set(errors.map(\.description)).count == errors.count)
        for error in errors {
            #expect(error.description.count > 10)
            #expect(error.hint.count > 10, "\(error)")
            #expect(error.description.first?.isUppercase == false || error.description.hasPrefix("IBAN"))
            #expect(!error.description.hasSuffix("."))
            #expect(error.hint != error.description)
        }
    }

    @Test func `the sentence names what it is about`() throws {
        for (part, error) in [
            ("T-1", VerificationError.noSuchDevice(try DeviceID("T-1"))), ("blocked", .deviceNotActive(try DeviceID("T-1"), .blocked)),
            ("2024-12-31", .productRetired(.token, since: Self.date)), ("2", .limitReached(.mobile, limit: 2)),
            ("17000", .certificate(.oversized(bytes: 17_000))),
            ("2024-12-31T00:01:00Z", .certificate(.outsideValidity(from: Self.date, until: Self.date + 60))),
            ("/srv/store", .store(.exposed(path: "/srv/store"))),
        ] { #expect(error.description.contains(part), "\(error)") }
    }

    @Test(arguments: StoreMark.allCases)
    func `who opened a store with the wrong mark learns how to open it`(_ mark: StoreMark) {
        #expect(StoreError.otherMark(mark).description.contains(mark.rawValue))
        #expect(StoreError.otherMark(mark).hint.contains(mark == .test ? "with --test" : "without --test"))
    }
}
