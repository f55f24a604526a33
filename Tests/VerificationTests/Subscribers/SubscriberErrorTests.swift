import DeviceProtocol
import Foundation
import Testing
import Verification

/// Each refusal names the thing and the next step.
struct SubscriberErrorTests {
    private static let kinds: [Notice.Kind] = [
        .personBlocked(until: TestBank.start, triesAfterwards: 3), .personBlockedForGood,
        .deviceBlocked(until: TestBank.start, triesAfterwards: 3), .deviceBlockedForGood, .deviceOrdered(.token), .orderCancelled(.token),
        .deviceRevoked, .deviceSuspended(.person), .deviceSuspended(.bank), .deviceSuspended(.fraud), .deviceReactivated,
        .deviceActivated, .deviceReplaced, .deviceEnded, .deviceRenewed(until: TestBank.start), .deviceIdentified, .accountsChanged,
        .passwordChanged, .questionsChanged, .initialPasswordSent, .personUnblocked, .secretImageChosen,
    ]

    private static func errors() throws -> [SubscriberError] {
        let id = try SubscriberID("alice")
        var generator = SystemRandomNumberGenerator()
        let date = TestBank.start
        let illegal = Lifecycle.Event.allCases.map { EnrolmentRefusal.illegal($0, .revoked) }
        let account = try #require(AccountID(rawValue: "A-1"))
        let refusals: [EnrolmentRefusal] =
            illegal + [
                .illegal(.renew, .ordered), .over(.revoked), .noSuchOrder(EnrolmentID(using: &generator)),
                .activationOver(since: date), .outOfTurn(expected: nil, given: .keys), .wrongProof, .closed(until: date),
                .closed(until: nil), .suspendedForFraud,
                .notApproved, .unsuitableReplacement, .identificationTooWeak(nil, "own"),
                .identificationTooWeak(.certifiedCopy, "business"),
                .notLinked(account), .unsuitableName, .unsuitableActivationCode, .renewedAsOtherDevice, .renewalTooEarly(from: date),
            ] + ActivationStep.allCases.map { .outOfTurn(expected: .approval, given: $0) }
        let subscribers: [SubscriberError] = [
            .refused, .busy, .noMemory, .noSuchSubscriber(id), .alreadyExists(id), .hasPassword(id), .unsuitablePassword([.unprintable]),
            .unsuitableQuestions, .sessionOver, .secretImage(.tooFewPictures(5)), .secretImage(.sameNames),
            .secretImage(.weakKey(bits: 64)),
            .secretImage(.notOffered), .secretImage(.notWithThisDevice), .secretImage(.notApproved), .tooManyRequests,
            .tooManyBeneficiaries,
        ]
        return subscribers + refusals.map { .verification(.enrolment($0)) }
    }

    @Test func `every refusal has a sentence of its own and a next step`() throws {
        let errors = try Self.errors()
        #expect(Set(errors.map(\.description)).count == errors.count)
        for error in errors {
            #expect(error.description.count > 10 && error.hint.count > 7, "\(error)")
            #expect(!error.description.hasSuffix(".") && error.hint != error.description)
        }
    }

    @Test func `what cannot be done in a state says what comes first`() {
        for (event, state, step) in [
            (.reset, .blocked, "resume it first"), (.reset, .suspended, "resume it first"), (.renew, .blocked, "resume it first"),
            (.reactivate, .active, "nothing has to be opened"), (.suspend, .ordered, "activate it first"),
            (.suspend, .revoked, "this enrolment is over"),
        ] as [(Lifecycle.Event, Enrolment.State, String)] {
            #expect(EnrolmentRefusal.illegal(event, state).hint.contains(step), "\(event) \(state)")
        }
    }

    @Test func `every notice has a sentence for the person`() throws {
        let texts = try Self.kinds.map {
            Notice(subscriber: try SubscriberID("alice"), device: try DeviceID("T-1"), kind: $0, at: TestBank.start)
        }
        .map(\.description)
        #expect(Set(texts).count == texts.count)
        #expect(texts[0].contains("3 more"))
        #expect(texts[2].contains("T-1"))
    }

    @Test func `no notice and no next step asks for a password, PIN or code through a link`() throws {
        let notices = try Self.kinds.map {
            Notice(subscriber: try SubscriberID("alice"), device: try DeviceID("T-1"), kind: $0, at: TestBank.start).description
        }
        for text in notices + (try Self.errors()).map(\.hint) {
            for part in ["http", "www.", "://", "click", "link to", "send us", "reply with"] {
                #expect(!text.lowercased().contains(part), "\(text)")
            }
        }
    }
}
