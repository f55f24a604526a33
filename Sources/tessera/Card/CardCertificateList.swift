import ArgumentParser
import CardApplications
import Foundation
import ISO7816
import PCSC
import SwiftASN1
import X509

/// `tessera card certificates`: lists the certificates.
struct CardCertificateList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certificates", abstract: "List the certificates of a card; they are public, so no PIN is asked.")

    @OptionGroup var card: CardOptions
    @Flag(help: "Print the certificates themselves, in PEM.")
    var pem = false
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let source = PCSCReaders()
        let reader = try await card.readerName(of: source)
        let keys = try await source.withCard(in: reader, ending: .leave) { channel async throws(CardError) in
            try await CardApplications.open(on: channel).keys
        }
        let reports = keys.map(CertificateReport.init)
        try output.print(reports) {
            guard !reports.isEmpty else { return "No certificates." }
            return reports.map { pem ? $0.pem : $0.text }.joined(separator: "\n")
        }
    }
}

private struct CertificateReport: Encodable {
    let key: String
    let role: String
    let subject: String
    let issuer: String
    let serialNumber: String
    let notBefore: Date?
    let notAfter: Date?
    let pem: String

    init(_ key: CardKey) {
        let der = key.certificate
        self.key = key.label
        role = "\(key.role)"
        pem = PEMDocument(type: "CERTIFICATE", derBytes: der).pemString
        let certificate = try? Certificate(derEncoded: der)
        subject = certificate?.subject.description ?? "not readable"
        issuer = certificate?.issuer.description ?? "not readable"
        serialNumber = certificate.map { "\($0.serialNumber)" } ?? "not readable"
        notBefore = certificate?.notValidBefore
        notAfter = certificate?.notValidAfter
    }

    var text: String {
        func day(_ date: Date?) -> String { date.map { $0.formatted(.iso8601.year().month().day()) } ?? "?" }
        return """
            \(key) (\(role))
              subject  \(subject)
              issuer   \(issuer)
              serial   \(serialNumber)
              valid    \(day(notBefore)) to \(day(notAfter))
            """
    }
}
