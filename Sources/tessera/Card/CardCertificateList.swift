import ArgumentParser
import CardApplications
import Foundation
import ISO7816
import SwiftASN1
import X509

/// `tessera card certificates`: lists the certificates.
struct CardCertificateList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certificates", abstract: "List the certificates of a card; they are public, so no PIN is asked.",
        discussion: """
            Examples:
              tessera card certificates
              tessera card certificates --pem --key signature > signer.pem
              tessera card certificates --retired --pem
              tessera card certificates --reader "Virtual PCD 00 00" --json
            """)

    @OptionGroup var card: CardOptions
    @Option(help: "Only that of one key.")
    var key: SigningRole?
    @Flag(help: "List those of retired keys as well.")
    var retired = false
    @Flag(help: "Print the certificates themselves, in PEM.")
    var pem = false
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if retired, key != nil { throw ValidationError("Retired keys sign nothing: --retired does not go with --key.") }
    }

    func run() async throws {
        let source = card.source
        let reader = try await card.readerName(of: source)
        let withRetired = retired
        let (keys, history) = try await source.withCard(in: reader, ending: .leave) { channel async throws(CardError) in
            let application = try await CardApplications.open(on: channel)
            guard withRetired else { return (application.keys, KeyHistory()) }
            return (application.keys, try await application.keyHistory())
        }
        let reports = (keys.filter { key == nil || $0.role == key?.role } + history.keys).map(CertificateReport.init)
        if reports.isEmpty, let key {
            throw Failure(
                "the card in \"\(reader)\" has no certificate for \(key.rawValue)", hint: "\"tessera card info\" lists its keys",
                exit: .refused)
        }
        try output.print(reports) {
            if pem { return reports.isEmpty ? "No certificates." : reports.map(\.pem).joined(separator: "\n") }
            let elsewhere = RetiredElsewhere(history).map { [$0.text] } ?? []
            return ((reports.isEmpty ? ["No certificates."] : reports.map(\.text)) + elsewhere).joined(separator: "\n")
        }
    }
}

/// A certificate, as it is printed.
struct CertificateReport: Encodable {
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
        role = key.role.name
        pem = PEMDocument(type: "CERTIFICATE", derBytes: der).pemString
        let certificate = try? Certificate(derEncoded: der)
        subject = certificate?.subject.description ?? "not readable"
        issuer = certificate?.issuer.description ?? "not readable"
        serialNumber = certificate.map { Self.pairs($0.serialNumber.bytes) } ?? "not readable"
        notBefore = certificate?.notValidBefore
        notAfter = certificate?.notValidAfter
    }

    /// Two digits a byte, as openssl prints serial numbers: `2e:03`.
    static func pairs(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined(separator: ":")
    }

    var text: String {
        func day(_ date: Date?) -> String { date.map { $0.formatted(.iso8601.year().month().day()) } ?? "?" }
        return """
            \(key.printable) (\(role))
              subject  \(subject.printable)
              issuer   \(issuer.printable)
              serial   \(serialNumber)
              valid    \(day(notBefore)) to \(day(notAfter))
            """
    }
}
