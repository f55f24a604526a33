import Bridge
import CoreMetrics
import Foundation
import Logging
import Pictures
import ScanChallenge
import Verification

extension BankSide {
    /// The bank that a configuration names, over its store.
    ///
    /// - Parameters:
    ///   - store: the configuration's, opened; with whatever listens to it around it.
    ///   - issuer: who seals challenges for Scan and Mobile; the configuration's, or a passing one.
    ///   - testRoots: authorities of emulated cards, DER; for a store for tests.
    ///   - metrics: takes how long passwords are in the queue and hashed.
    ///   - logger: is told of files of `revocation` that were replaced.
    static func configured(
        by configuration: ServeConfiguration, over store: any Store, issuer: ScanIssuer?, testRoots: [[UInt8]] = [],
        metrics: any MetricsFactory, logger: Logger
    ) async throws -> BankSide {
        var policy = try configuration.policy(logger: logger)
        if !testRoots.isEmpty {
            policy.anchors = try TrustAnchors(
                roots: [], testRoots: try configuration.roots.flatMap { try CertificateFile.read($0) } + testRoots)
        }
        let key = try configuration.strangersKey()
        let pictures = try ServeConfiguration.pictures(key)
        let rules = try configuration.signatureRules()
        let operations = try Operations(
            store: store, origin: configuration.origin, issuer: issuer, policy: policy)
        let enrolments = try Enrolments(store: store, policy: policy)
        let subscribers = Subscribers(store: store, hasher: SecretHasher(metrics: metrics), policy: policy)
        return BankSide(
            store: store, policy: policy, operations: operations, enrolments: enrolments, subscribers: subscribers,
            logins: Logins(of: subscribers, by: operations, decoyKey: key, pictures: pictures),
            transactions: Transactions(operations, rules: rules),
            permissions: Permissions(operations, by: configuration.authentication, rules: rules),
            secretImages: SecretImages(store: store, set: pictures, policy: policy), auditKeys: try configuration.auditPublicKeys(),
            renderer: try SecretImageRenderer())
    }
}
