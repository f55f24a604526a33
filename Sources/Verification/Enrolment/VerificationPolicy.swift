import Foundation

/// What a bank admits: products, trust anchors, exceptions.
public struct VerificationPolicy: Sendable {
    /// The products that can be enrolled.
    public var products: [ProductProfile]
    /// The authorities that vouch for cards.
    public var anchors: TrustAnchors
    /// Products that are admitted although their end of life has passed: an explicit exception, for legacy and for tests.
    public var admittedAfterEndOfLife: Set<ProductProfile.ID>
    /// When consecutive wrong answers block; a product's own limit may be lower.
    public var blocking: BlockingRule
    /// How many days before its end an enrolment can be renewed.
    public var renewalDays: Int

    /// Whether and how certificates are asked for that their authority took back.
    public var revocation = RevocationCheck()

    /// A policy.
    public init(
        products: [ProductProfile] = ProductProfile.all, anchors: TrustAnchors = TrustAnchors(),
        admittedAfterEndOfLife: Set<ProductProfile.ID> = [], blocking: BlockingRule = BlockingRule(), renewalDays: Int = 60
    ) {
        self.products = products
        self.anchors = anchors
        self.admittedAfterEndOfLife = admittedAfterEndOfLife
        self.blocking = blocking
        self.renewalDays = renewalDays
    }

    /// The profile of a product.
    ///
    /// - Throws: ``VerificationError/unknownProduct(_:)``.
    public func profile(of id: ProductProfile.ID) throws(VerificationError) -> ProductProfile {
        guard let profile = products.first(where: { $0.id == id }) else { throw .unknownProduct(id) }
        return profile
    }

    /// Refuses a product whose end of life has passed, unless it is excepted.
    func admit(_ profile: ProductProfile, at now: Date) throws(VerificationError) {
        if let end = profile.endOfLife, now >= end, !admittedAfterEndOfLife.contains(profile.id) {
            throw .productRetired(profile.id, since: end)
        }
    }

    /// Refuses test anchors for a production store.
    func admit(_ store: any Store) throws(VerificationError) {
        guard store.mark == .test || !anchors.hasTestRoots else { throw .testRootRefused }
    }
}
