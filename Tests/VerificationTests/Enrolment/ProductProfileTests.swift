import DeviceProtocol
import Foundation
import OATH
import Testing
import Verification

/// The facts that are stated or published of each product.
struct ProductProfileTests {
    @Test func `every product is listed once, with a name and a kind of its own`() {
        #expect(Set(ProductProfile.all.map(\.id)).count == ProductProfile.all.count)
        #expect(Set(ProductProfile.all.map(\.kind)) == [.token, .scan, .mobile, .smartcard, .stick])
        #expect(ProductProfile.all.allSatisfy { $0.id.rawValue == $0.kind.rawValue && "\($0.id)" == $0.id.rawValue })
    }

    @Test func `no product allows more than five consecutive failures`() {
        #expect(ProductProfile.all.allSatisfy { (1...5).contains($0.failureLimit) })
    }

    @Test func `only the Token's answers are bound to nothing, and only it is admitted so`() {
        for profile in ProductProfile.all {
            #expect((profile.binding == .operation) == (profile.id == .token))
            #expect(profile.admitsUnboundApprovals == (profile.id == .token))
        }
    }

    @Test func `a Token shows six digits every 30 seconds`() {
        #expect(ProductProfile.token.method == .timedCode(TimedCodeParameters(digits: 6, step: .seconds(30), algorithm: .sha1)))
    }

    @Test func `one Scan, two phones, any number of the others`() {
        #expect(ProductProfile.all.map(\.limitPerSubscriber) == [nil, 1, 2, nil, nil])
    }

    @Test func `a Scan's and a phone's codes carry different tags`() {
        #expect(ProductProfile.scan.method == .scanCode(.scan))
        #expect(ProductProfile.mobile.method == .scanCode(.mobile))
    }

    @Test func `every product is activated within 60 days and valid for three years`() {
        #expect(ProductProfile.all.allSatisfy { $0.activationDays == 60 && $0.validityYears == 3 })
    }

    @Test func `a Scan and a phone never show the secret image, chip devices do, and the Token did`() {
        #expect(ProductProfile.all.map(\.showsSecretImage) == [true, false, false, true, true])
    }

    @Test func `each fact says how well it is known and from where, and what nobody has said is inferred`() {
        for profile in ProductProfile.all {
            #expect(!profile.facts.isEmpty)
            #expect(Set(profile.facts.map(\.topic)).count == profile.facts.count, "\(profile.id)")
            #expect(profile.facts.allSatisfy { !$0.value.isEmpty && !$0.source.isEmpty })
        }
        let fact = { (profile: ProductProfile, topic: String) in profile.facts.first { $0.topic == topic } }
        #expect(fact(.token, "hash")?.confidence == .inferred)
        #expect(fact(.token, "digits")?.confidence == .published)
        #expect(fact(.scan, "digits").map { [$0.value, $0.confidence.rawValue] } == ["8", "published"])
        #expect(fact(.mobile, "limit per person")?.confidence == .stated)
        #expect(fact(.smartcard, "limit per person")?.confidence == .inferred)
    }

    @Test func `each activation has its keys once, and no step twice`() {
        for profile in ProductProfile.all {
            #expect(profile.activation.count { $0 == .keys } == 1)
            #expect(Set(profile.activation).count == profile.activation.count)
        }
        #expect(ProductProfile.smartcard.activation.contains(.challengeCode) && ProductProfile.stick.activation.contains(.challengeCode))
    }

    @Test func `only the Token has an end of life`() {
        #expect(ProductProfile.all.filter { $0.endOfLife != nil }.map(\.id) == [.token])
    }

    @Test func `a policy finds the profile of each product, and names one that it does not know`() throws {
        let policy = VerificationPolicy()
        for profile in ProductProfile.all { #expect(try policy.profile(of: profile.id) == profile) }
        let unknown = ProductProfile.ID(rawValue: "abacus")
        #expect(throws: VerificationError.unknownProduct(unknown)) { try policy.profile(of: unknown) }
        #expect(policy.admittedAfterEndOfLife.isEmpty, "nothing is admitted after its end of life unless somebody says so")
    }
}
