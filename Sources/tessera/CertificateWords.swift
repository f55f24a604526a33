import Crypto
import DeviceProtocol
import Foundation
import SwiftASN1
import X509

/// What a certificate says of itself, in words; one that cannot be read says so.
struct CertificateWords: Encodable {
    let subject: String
    let issuer: String
    /// Two digits a byte, as openssl prints it.
    let serialNumber: String
    let notBefore: Date?
    let notAfter: Date?
    /// SHA-256 over its DER, in hexadecimal digits.
    let fingerprint: String

    init(_ der: [UInt8]) {
        let certificate = try? Certificate(derEncoded: der)
        subject = certificate?.subject.description ?? "not readable"
        issuer = certificate?.issuer.description ?? "not readable"
        serialNumber = certificate.map { Self.pairs($0.serialNumber.bytes) } ?? "not readable"
        notBefore = certificate?.notValidBefore
        notAfter = certificate?.notValidAfter
        fingerprint = SHA256.hash(data: der).lowercaseHexadecimal
    }

    /// Two digits a byte, as openssl prints serial numbers: `2e:03`.
    static func pairs(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined(separator: ":")
    }
}
