import Foundation
import Verification

/// A certificate that a card is enrolled with, as it is printed.
struct EnrolledCertificate: Encodable {
    /// What it answers: `logins` or `approvals`.
    let use: String
    let words: CertificateWords

    private enum CodingKeys: CodingKey { case use }

    /// Both of a card; none of another device.
    static func all(of enrolment: Enrolment) -> [EnrolledCertificate]? {
        guard case .certificates(let pair) = enrolment.credential else { return nil }
        return [KeyRole.authentication, .signature].map { EnrolledCertificate(pair.certificate(for: $0), for: $0) }
    }

    private init(_ der: [UInt8], for role: KeyRole) {
        use = role == .authentication ? "logins" : "approvals"
        words = CertificateWords(der)
    }

    /// One object, with the words beside the rest.
    func encode(to encoder: any Encoder) throws {
        try words.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(use, forKey: .use)
    }

    /// In one line.
    var text: String {
        let end = words.notAfter.map { ", until \($0.formatted(.iso8601.year().month().day()))" } ?? ""
        return "\(words.subject), by \(words.issuer), serial \(words.serialNumber)\(end)"
    }
}
