public import Foundation

/// Why a certificate, or a signature by its key, is not believed.
///
/// For the bank's own eyes; a person who is refused never learns which.
public enum CertificateRefusal: Error, Hashable, Sendable {
    /// Not the DER of an X.509 certificate (RFC 5280, 4.1).
    case malformed
    /// Larger than any certificate of a person needs to be.
    case oversized(bytes: Int)
    /// More certificates than a chain needs.
    case tooMany(Int)
    /// The key is RSA of less than 2,048 bits.
    case weakKey(bits: Int)
    /// The key is neither RSA nor ECDSA with P-256 or P-384; the text names it.
    case unusableKey(String)
    /// It is not valid now.
    case outsideValidity(from: Date, until: Date)
    /// Its key usage (RFC 5280, 4.2.1.3) does not allow the role.
    case wrongKeyUsage(KeyRole)
    /// One certificate is offered for both roles, or both have one key.
    case sameKeyForBothRoles
    /// No chain of valid certificates leads to a root that is believed; the text says where it broke.
    case untrusted(String)
    /// Its authority, or one above, took a certificate back.
    case revoked(since: Date)
    /// Nobody can say whether it was taken back, and the policy wants to know; the text says why.
    case revocationUnknown(String)
    /// Not the DER of a certificate revocation list (RFC 5280, 5).
    case malformedRevocationList
    /// Not the DER of a successful OCSP response (RFC 6960, 4.2.1), of at most 64 KiB.
    case malformedRevocationAnswer
    /// Not the certificate that the enrolment is pinned to for this role.
    case notEnrolled(KeyRole)
    /// The signature is not one of this key over these bytes.
    case wrongSignature
}

/// What a key may answer.
public enum KeyRole: String, Hashable, Sendable, CaseIterable {
    /// Logins, and nothing else.
    case authentication
    /// Approvals, and nothing else.
    case signature
}

extension CertificateRefusal: CustomStringConvertible {
    /// One sentence.
    public var description: String {
        switch self {
        case .malformed: "not a certificate"
        case .oversized(let bytes): "the certificate has \(bytes) bytes, at most \(CertificateCheck.byteLimit) are allowed"
        case .tooMany(let count): "\(count) certificates came along, at most \(CertificateCheck.countLimit) are allowed"
        case .weakKey(let bits): "the certificate's RSA key has \(bits) bits, at least \(ChallengeKey.leastBits) are needed"
        case .unusableKey(let kind): "the certificate's key is of a kind that no device of ours has: \(kind)"
        case .outsideValidity(let from, let until): "the certificate is valid from \(Self.text(from)) until \(Self.text(until)), not now"
        case .wrongKeyUsage(let role): "the certificate's key usage does not allow \(role.rawValue)"
        case .sameKeyForBothRoles: "one key cannot be for both authentication and signature"
        case .untrusted(let reason): "no chain leads from the certificate to a trusted root: \(reason)"
        case .revoked(let date): "the certificate was revoked on \(Self.text(date))"
        case .revocationUnknown(let reason): "nobody can say whether the certificate was revoked: \(reason)"
        case .malformedRevocationList: "not a list of revoked certificates"
        case .malformedRevocationAnswer: "not an answer about revoked certificates"
        case .notEnrolled(let role): "not the certificate that is enrolled for \(role.rawValue)"
        case .wrongSignature: "the signature does not fit the challenge and the certificate"
        }
    }

    private static func text(_ date: Date) -> String { date.formatted(.iso8601) }

    /// What to do next.
    public var hint: String {
        switch self {
        case .malformed: "read the card again"
        case .oversized, .tooMany: "send only the device's own certificate and the authorities between it and the root"
        case .weakKey, .unusableKey: "use a card with RSA of 2048 bits or more, or with P-256 or P-384"
        case .outsideValidity: "renew the certificate; if it is new, check the clock"
        case .wrongKeyUsage: "use the card's certificate for that role"
        case .sameKeyForBothRoles: "enrol the card with both of its certificates"
        case .untrusted: "configure the card's root, and send the certificates between"
        case .revoked: "get a new certificate, and enrol it"
        case .revocationUnknown: "get a new list or answer of its authority, or let the policy only prefer one"
        case .malformedRevocationList: "fetch the list again, in DER and at most 16 MiB"
        case .malformedRevocationAnswer: "ask the responder again, and keep what it answers once it succeeds"
        case .notEnrolled: "enrol the renewed certificate, or use the enrolled card"
        case .wrongSignature: "begin a new operation and sign again"
        }
    }
}
