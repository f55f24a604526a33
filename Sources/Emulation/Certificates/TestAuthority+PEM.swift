internal import Crypto
internal import SwiftASN1
internal import X509

extension TestAuthority {
    /// A root and an authority below it, with their private keys, as one text: what ``reading(pem:)`` reads.
    ///
    /// First come the two certificates, the lower one before its root, so that other programs take the file as a chain.
    public static func pem(root: TestAuthority, issuing: TestAuthority) -> String {
        let certificates = [issuing.certificate, root.certificate].map { PEMDocument(type: "CERTIFICATE", derBytes: $0).pemString }
        return (certificates + [issuing.key.pemRepresentation, root.key.pemRepresentation]).joined(separator: "\n") + "\n"
    }

    /// Reads what ``pem(root:issuing:)`` wrote.
    ///
    /// - Throws: ``TestAuthorityError/unreadableAuthority``.
    public static func reading(pem: String) throws(TestAuthorityError) -> (root: TestAuthority, issuing: TestAuthority) {
        do {
            let documents = try PEMDocument.parseMultiple(pemString: pem)
            let certificates = documents.filter { $0.discriminator == "CERTIFICATE" }.map(\.derBytes)
            let keys = try documents.filter { $0.discriminator == "PRIVATE KEY" }.map {
                try P256.Signing.PrivateKey(derRepresentation: $0.derBytes)
            }
            guard certificates.count == 2, keys.count == 2 else { throw TestAuthorityError.unreadableAuthority }
            let root = try TestAuthority(certificate: certificates[1], key: keys[1], root: certificates[1])
            return (root, try TestAuthority(certificate: certificates[0], key: keys[0], root: certificates[1]))
        } catch {
            throw .unreadableAuthority
        }
    }

    private init(certificate: [UInt8], key: P256.Signing.PrivateKey, root: [UInt8]) throws {
        let parsed = try Certificate(derEncoded: certificate)
        guard parsed.publicKey == Certificate.PublicKey(key.publicKey) else { throw TestAuthorityError.unreadableAuthority }
        self.init(root: root, key: key, certificate: parsed, der: certificate)
    }
}
