import SwiftASN1

extension SignedDocument {
    /// Whether a bare signature over `bytes` would be one over another document: the DER of signed attributes.
    ///
    /// RFC 5652, 5.4: what is signed there is a SET of attributes, the content type and the digest of the document among them.
    /// Who signs bytes of somebody else's choosing asks this first.
    public static func resemblesSignedAttributes(_ bytes: [UInt8]) -> Bool {
        guard bytes.first == 0x31, let root = try? DER.parse(bytes), root.identifier == .set,
            case .constructed(let attributes) = root.content
        else { return false }
        var types: [ASN1ObjectIdentifier] = []
        for attribute in attributes {
            guard case .constructed(let parts) = attribute.content, let first = parts.first(where: { _ in true }),
                let type = try? ASN1ObjectIdentifier(derEncoded: first)
            else { continue }
            types.append(type)
        }
        return types.contains(.contentType) && types.contains(.messageDigest)
    }
}
