import DeviceProtocol
import SwiftASN1
import X509

/// Whose a card is by its own certificate.
///
/// The card says so itself: nobody has verified the chain here, so the name is for people to tell cards apart by.
enum CertifiedName {
    /// The most characters of a common name (RFC 5280, appendix A.1: `ub-common-name`).
    static let longest = 64

    /// The common name of the subject of a certificate in DER; `nil` where there is none, or none that can be shown in one line.
    static func of(_ certificate: [UInt8]) -> String? {
        guard let parsed = try? Certificate(derEncoded: certificate) else { return nil }
        for part in parsed.subject {
            for attribute in part where attribute.type == .RDNAttributeType.commonName {
                guard let name = String(attribute.value), isShowable(name) else { continue }
                return name
            }
        }
        return nil
    }

    /// One line, without characters that steer a terminal or hide or reorder what follows.
    private static func isShowable(_ name: String) -> Bool {
        name.count <= longest && (try? DisplayText(name, field: "name", limit: 4 * longest)) != nil
    }
}
