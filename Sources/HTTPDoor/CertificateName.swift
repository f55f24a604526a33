import NIOCore
import NIOSSL
import SwiftASN1
import X509

extension Caller {
    /// Whom a client's certificate names: its chain has been verified by then.
    ///
    /// - Parameter roles: what each name may do; the first name of the certificate that is among them counts.
    /// - Returns: `nil` where none of its names is.
    static func named(by certificate: NIOSSLCertificate, roles: [String: Set<Role>]) -> Caller? {
        guard let bytes = try? certificate.toDERBytes(), let parsed = try? Certificate(derEncoded: bytes) else { return nil }
        for name in parsed.names {
            if let roles = roles[name] { return Caller(name, roles: roles) }
        }
        return nil
    }
}

extension Certificate {
    /// The common name of its subject, then its alternative DNS names and URIs (RFC 5280, 4.2.1.6).
    fileprivate var names: [String] {
        var names: [String] = []
        for part in subject {
            for attribute in part where attribute.type == .RDNAttributeType.commonName {
                if let name = String(attribute.value) { names.append(name) }
            }
        }
        guard let alternatives = try? extensions.subjectAlternativeNames else { return names }
        for alternative in alternatives {
            switch alternative {
            case .dnsName(let name), .uniformResourceIdentifier(let name): names.append(name)
            default: break
            }
        }
        return names
    }
}
