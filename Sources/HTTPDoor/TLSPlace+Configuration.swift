import NIOSSL
import Secrets

extension TLSPlace {
    /// What NIO's TLS needs: both sides show a certificate, and the client's must come from the roots that are given here.
    ///
    /// - Throws: ``DoorError/certificate(_:why:)``.
    func configuration() throws(DoorError) -> TLSConfiguration {
        let chain = try Self.load(certificates) { try NIOSSLCertificate.fromPEMFile($0) }
        let key = try Self.load(key) { try KeptFile.secret(at: $0) { try NIOSSLPrivateKey(bytes: $0, format: .pem) } }
        let roots = try Self.load(clientRoots) { try NIOSSLCertificate.fromPEMFile($0) }
        guard !chain.isEmpty else { throw .certificate(certificates, why: "it has no certificate") }
        guard !roots.isEmpty else { throw .certificate(clientRoots, why: "it has no certificate") }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.trustRoots = .certificates(roots)
        // For a server: the client must send a certificate, whose chain is verified; it has no host name to compare.
        configuration.certificateVerification = .noHostnameVerification
        return configuration
    }

    private static func load<Loaded>(_ path: String, _ body: (String) throws -> Loaded) throws(DoorError) -> Loaded {
        do { return try body(path) } catch { throw .certificate(path, why: "\(error)") }
    }
}
