public import Foundation

/// Why no test certificate was issued.
public enum TestAuthorityError: Error, Hashable, Sendable {
    /// A common name must have 1 to 64 characters.
    case unsuitableName(String)
    /// The public key is no SubjectPublicKeyInfo of a kind that certificates here can hold.
    case unreadablePublicKey
    /// An authority below the root issues no further ones.
    case noRoomBelow
    /// A certificate was to last longer than its authority, which ends then.
    case tooLate(Date)
    /// Not an X.509 certificate in DER.
    case unreadableCertificate
    /// A file is none that ``TestAuthority/pem`` wrote.
    case unreadableAuthority
    /// A part of the certificate could not be written; the text is the library's.
    case notEncodable(String)
}

extension TestAuthorityError: CustomStringConvertible {
    /// What is wrong, and what would be right.
    public var description: String {
        switch self {
        case .unsuitableName(let name): "a name in a certificate has 1 to 64 characters; \"\(name)\" has \(name.unicodeScalars.count)"
        case .unreadablePublicKey: "not a public key in DER (RSA, P-256 or P-384)"
        case .noRoomBelow: "an authority below the root issues certificates of cards, no further authorities"
        case .tooLate(let end): "the authority ends at \(end.formatted(.iso8601)), and none of its certificates lasts longer"
        case .unreadableCertificate: "not a certificate in DER"
        case .unreadableAuthority: "not the PEM file of a test authority: two certificates and two keys"
        case .notEncodable(let reason): "the certificate could not be written: \(reason)"
        }
    }
}
