import CMS
import CardApplications
import DeviceProtocol
import Emulation
import Foundation
import ISO7816
import OATH
import Pictures
import ScanChallenge
import Secrets
import Testing
import Verification

@testable import tessera

/// Every error is one sentence, one next step, one exit code.
@Suite struct FailureTests {
    private struct Surprise: Error {
        let secret = "no raw dump of this"
    }

    private static let errors: [(any Error, ProgramExit)] =
        [
            CardError.Code.readerMissing, .cardMissing, .heldByAnotherProgram, .readerStuck, .readerUnavailable, .accessDenied,
            .serviceAbsent, .serviceSilent, .unresponsive,
        ].map { (CardError($0, "Reader 0"), .environment) }
        + [
            CardError.Code.removed, .reset, .malformedAnswer, .refused(StatusWord(rawValue: 0x6982)), .notSupported, .unknownCard,
            .unsuitablePIN, .cancelled,
        ].map { (CardError($0, "Reader 0"), .refused) }
        + DeviceError.Code.allCases.map { (DeviceError($0, "Scan"), DeviceError($0, "Scan").exit) }
        + [
            (CMSError.malformedCertificate, .refused), (CMSError.unusableKey, .refused), (CMSError.impossibleTime, .refused),
            (ContentError.empty(field: "payee"), .usage), (ContentError.invalidIBAN("LU has 20 characters"), .usage),
            (OATHError.digits(5), .usage), (OATHError.emptyKey, .usage), (OATHError.timeStep(.zero), .usage),
            (PictureError.unknownFormat, .refused), (PictureError.emptyText, .refused),
            (PictureError.refused(by: "gdImageCreate"), .refused),
            (PictureError.textTooLarge(bytes: 9, version: nil, limit: 15), .refused), (PictureError.damaged(.png), .refused),
            (ScanError.notAuthentic, .refused), (ScanError.unusableKey("x"), .refused),
            (VerificationError.noIssuer, .refused), (VerificationError.store(.full), .environment),
            (VerificationError.store(.cancelled), .refused), (StoreError.busy, .environment), (StoreError.cancelled, .refused),
            (StoreError.unavailable("x"), .environment), (VPCDError.nothingListens("localhost:1"), .environment),
            (VirtualReaderError.slotOccupied("A"), .refused), (PersonalisationError.unsuitablePIN, .environment),
            (PersonalisationError.certificate(.unsuitableName("")), .usage), (TestAuthorityError.unreadablePublicKey, .refused),
            (TestAuthorityError.notEncodable("x"), .refused), (TestAuthorityError.noRoomBelow, .refused),
            (TestAuthorityError.tooLate(Date()), .usage), (TestAuthorityError.unreadableCertificate, .refused),
            (TestAuthorityError.unreadableAuthority, .refused),
            (SecretBytesError.full, .usage),
            (SecretBytesError.memoryUnavailable(12), .environment), (CancellationError(), .refused),
            (CocoaError(.fileReadNoPermission), .environment), (POSIXError(.ENOSPC), .environment), (Surprise(), .refused),
        ]

    @Test(arguments: errors.indices)
    func `an error has a sentence, a hint and an exit code`(index: Int) {
        let (error, exit) = Self.errors[index]
        let failure = Failure(error)
        #expect(failure.exit == exit, "\(error)")
        #expect(failure.message.count > 5 && failure.hint.count > 5, "\(error)")
        for text in [failure.message, failure.hint] {
            #expect(!text.contains("\n"))
            #expect(!text.contains("Error("), "a dump: \(text)")
            #expect(!text.contains("raw dump"))
            #expect(text.last?.isPunctuation == false || text.hasSuffix("\"") || text.hasSuffix(")") || text.hasSuffix("."), "\(text)")
        }
    }

    @Test func `exit codes of devices separate the environment from a refusal`() {
        let environment = DeviceError.Code.allCases.filter { DeviceError($0, "x").exit == .environment }
        #expect(
            environment == [
                .holderUnavailable, .detailsTooLong, .cardMissing, .cardMute, .heldByAnotherProgram, .accessDenied, .serviceAbsent,
                .serviceSilent, .stuck,
            ])
    }

    @Test func `a sentence that ends in its next step is taken apart`() {
        #expect(Failure(OATHError.digits(5)) == Failure("a code of 5 digits", hint: "take 6 to 10", exit: .usage))
        #expect(Failure(PictureError.emptyText).hint == "take another picture")
    }

    @Test func `a failure stays what it is`() {
        let failure = Failure("x", hint: "y", exit: .usage)
        #expect(Failure(failure) == failure)
    }
}
