/// The namespaces whose names a key container uses; the same name in another one is somebody else's.
enum Vocabulary: String, Sendable {
    /// Key containers (RFC 6030, 11.4).
    case pskc = "urn:ietf:params:xml:ns:keyprov:pskc"
    /// XML Encryption.
    case xenc = "http://www.w3.org/2001/04/xmlenc#"
    /// XML Encryption 1.1.
    case xenc11 = "http://www.w3.org/2009/xmlenc11#"
    /// XML Signature.
    case ds = "http://www.w3.org/2000/09/xmldsig#"
    /// PKCS #5.
    case pkcs5 = "http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#"
    /// Names without namespace.
    case unqualified = ""
}

extension [Vocabulary] {
    /// Where PBKDF2's parameters are found: PKCS #5, or as python-pskc writes it, XML Encryption 1.1.
    static let derivation: Self = [.pkcs5, .xenc11]
    /// Where what stands in them is found: without namespace in RFC 6030's Figure 7 and from python-pskc, or in the document's own.
    static let derivationParameter: Self = [.unqualified, .pkcs5, .xenc11, .pskc]
}
