public import Crypto
import Foundation
import SwiftASN1

/// The Ed25519 key that signs heads, in the form in which OpenSSL writes it (RFC 8410, PEM).
///
/// It lives outside the database: whoever can write the database alone can sign nothing.
public enum AuditKey {
    /// What stands before the 32 bytes of a private key (RFC 8410, section 7).
    private static let privatePrefix: [UInt8] = [
        0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
    ]
    /// What stands before the 32 bytes of a public key (RFC 8410, section 4).
    private static let publicPrefix: [UInt8] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]

    /// Reads a private key.
    ///
    /// - Throws: ``AuditError/unreadableKey``, ``AuditError/publicHalf``.
    public static func privateKey(pem: String) throws(AuditError) -> Curve25519.Signing.PrivateKey {
        if let key = key(pem, "PRIVATE KEY", privatePrefix, { try Curve25519.Signing.PrivateKey(rawRepresentation: $0) }) { return key }
        throw publicHalf(pem: pem) == nil ? .unreadableKey : .publicHalf
    }

    /// Reads a public key; a private one will do as well.
    ///
    /// - Throws: ``AuditError/unreadablePublicKey``.
    public static func publicKey(pem: String) throws(AuditError) -> Curve25519.Signing.PublicKey {
        if let key = publicHalf(pem: pem) { return key }
        do throws(AuditError) { return try privateKey(pem: pem).publicKey } catch { throw .unreadablePublicKey }
    }

    private static func publicHalf(pem: String) -> Curve25519.Signing.PublicKey? {
        key(pem, "PUBLIC KEY", publicPrefix) { try Curve25519.Signing.PublicKey(rawRepresentation: $0) }
    }

    /// Writes a private key.
    public static func pem(_ key: Curve25519.Signing.PrivateKey) -> String {
        PEMDocument(type: "PRIVATE KEY", derBytes: privatePrefix + key.rawRepresentation).pemString + "\n"
    }

    /// Writes a public key.
    public static func pem(_ key: Curve25519.Signing.PublicKey) -> String {
        PEMDocument(type: "PUBLIC KEY", derBytes: publicPrefix + key.rawRepresentation).pemString + "\n"
    }

    /// What a text holds of this type; `nil` for anything else.
    private static func key<Key>(_ pem: String, _ type: String, _ prefix: [UInt8], _ make: ([UInt8]) throws -> Key) -> Key? {
        guard let document = try? PEMDocument(pemString: pem), document.discriminator == type,
            document.derBytes.starts(with: prefix), document.derBytes.count == prefix.count + 32
        else { return nil }
        return try? make(Array(document.derBytes.dropFirst(prefix.count)))
    }
}

/// Why something about an audit log was not done.
public enum AuditError: Error, Hashable, Sendable {
    /// The text is no private Ed25519 key in PEM.
    case unreadableKey
    /// A key that is to sign is the public half of one.
    case publicHalf
    /// The text is no Ed25519 key in PEM, where one is wanted that checks what was signed.
    case unreadablePublicKey
    /// The text is no list of heads.
    case unreadableHeads
    /// The store did not do it.
    case store(StoreError)
}

extension AuditError: CustomStringConvertible {
    /// One sentence.
    public var description: String {
        switch self {
        case .unreadableKey, .unreadablePublicKey: "this is no Ed25519 key in PEM"
        case .publicHalf: "this is the public half of a key, which signs nothing"
        case .unreadableHeads: "this is no list of heads"
        case .store(let error): error.description
        }
    }

    /// What to do next.
    public var hint: String {
        switch self {
        case .unreadableKey: "make one: openssl genpkey -algorithm ed25519 -out audit.pem"
        case .publicHalf: "name the file with the private half"
        case .unreadablePublicKey: "name the public half of the key that signed: openssl pkey -in KEY -pubout -out PUBLIC"
        case .unreadableHeads: "take the file as \"tessera verify anchor\" wrote it"
        case .store(let error): error.hint
        }
    }
}
