/// Why a signed document could not be made.
public enum CMSError: Error, Hashable, Sendable {
    /// The signer's certificate is not X.509 in DER (RFC 5280, 4.1).
    case malformedCertificate
    /// The signer's key is neither RSA nor on P-256 or P-384.
    case unusableKey
    /// A time before 1950 or after 9999 has no form in CMS (RFC 5652, 11.3).
    case impossibleTime
    /// A part could not be written in DER.
    case notEncodable
}

extension CMSError: CustomStringConvertible {
    /// One sentence.
    public var description: String {
        switch self {
        case .malformedCertificate: "the signer's certificate is not X.509"
        case .unusableKey: "the signer's key is neither RSA nor EC with P-256 or P-384"
        case .impossibleTime: "a signature can be made between the years 1950 and 9999 only"
        case .notEncodable: "the signed document could not be written"
        }
    }

    /// What to do next.
    public var hint: String {
        switch self {
        case .malformedCertificate: "\"tessera card certificates --pem\" shows it; ask who issued the card"
        case .unusableKey: "use another key, or --format raw"
        case .impossibleTime: "set the machine's clock"
        case .notEncodable: "repeat; if it stays, report it with the certificate"
        }
    }
}
