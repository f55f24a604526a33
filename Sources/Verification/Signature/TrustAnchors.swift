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
    ///   - roots: real authorities; one whose subject says `O=Tessera Test` counts as a test root all the same.
    ///   - testRoots: authorities of emulated devices; a production store refuses them.
    /// - Throws: ``CertificateRefusal`` for one that cannot be read or whose key is too weak.
    public init(roots: [[UInt8]], testRoots: [[UInt8]] = []) throws(CertificateRefusal) {
        let claimed = try Self.read(roots)
        self.roots = claimed.filter { !$0.isNamedTest }
        self.testRoots = try Self.read(testRoots) + claimed.filter(\.isNamedTest)
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

extension Certificate {
    /// Whether the subject's organization is the one that only test authorities carry.
    fileprivate var isNamedTest: Bool {
        subject.contains { names in
            names.contains { $0.type == .RDNAttributeType.organizationName && String($0.value) == "Tessera Test" }
        }
    }
}
