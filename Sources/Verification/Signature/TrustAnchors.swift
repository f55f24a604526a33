import SwiftASN1
import X509

/// The authorities whose word about a card is believed.
public struct TrustAnchors: Sendable {
    private let roots: [Certificate]
    private let testRoots: [Certificate]

    /// Nobody is believed.
    public init() {
        roots = []
        testRoots = []
    }

    /// Takes self-signed certificates in DER (RFC 5280).
    ///
    /// - Parameters:
    ///   - roots: real authorities.
    ///   - testRoots: authorities of emulated devices; a production store refuses them.
    /// - Throws: ``CertificateRefusal`` for one that cannot be read or whose key is too weak.
    public init(roots: [[UInt8]], testRoots: [[UInt8]] = []) throws(CertificateRefusal) {
        self.roots = try Self.read(roots)
        self.testRoots = try Self.read(testRoots)
    }

    private static func read(_ encoded: [[UInt8]]) throws(CertificateRefusal) -> [Certificate] {
        var certificates: [Certificate] = []
        for der in encoded { certificates.append(try CertificateCheck.parse(der)) }
        return certificates
    }

    /// Whether any of them is a test root.
    public var hasTestRoots: Bool { !testRoots.isEmpty }

    /// All of them, for the chain builder.
    var store: CertificateStore { CertificateStore(roots + testRoots) }

    /// Whether this certificate is one of the test roots.
    func isTest(_ certificate: Certificate) -> Bool { testRoots.contains(certificate) }
}
