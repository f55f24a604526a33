import Foundation
import SwiftASN1
import Verification
import X509

/// A certificate that a card is enrolled with, as it is printed.
struct EnrolledCertificate: Encodable {
    /// What it answers: `logins` or `approvals`.
    let use: String
    let subject: String
    let issuer: String
    let serialNumber: String
    let notAfter: Date?

    /// Both of a card; none of another device.
    static func all(of enrolment: Enrolment) -> [EnrolledCertificate]? {
        guard case .certificates(let pair) = enrolment.credential else { return nil }
        return [EnrolledCertificate(pair.authentication, for: "logins"), EnrolledCertificate(pair.signature, for: "approvals")]
    }

    private init(_ der: [UInt8], for use: String) {
        self.use = use
        let certificate = try? Certificate(derEncoded: der)
        subject = certificate?.subject.description ?? "not readable"
        issuer = certificate?.issuer.description ?? "not readable"
        serialNumber = certificate.map { CertificateReport.pairs($0.serialNumber.bytes) } ?? "not readable"
        notAfter = certificate?.notValidAfter
    }

    /// In one line.
    var text: String {
        let end = notAfter.map { ", until \($0.formatted(.iso8601.year().month().day()))" } ?? ""
        return "\(subject), by \(issuer), serial \(serialNumber)\(end)"
    }
}
