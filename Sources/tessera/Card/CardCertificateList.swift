import ArgumentParser
import CardApplications
import Foundation
import ISO7816
import SwiftASN1

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
    let pem: String
    let words: CertificateWords

    private enum CodingKeys: CodingKey { case key, role, pem }

    init(_ key: CardKey) {
        self.key = key.label
        role = key.role.name
        pem = PEMDocument(type: "CERTIFICATE", derBytes: key.certificate).pemString
        words = CertificateWords(key.certificate)
    }

    /// One object, with the words beside the rest.
    func encode(to encoder: any Encoder) throws {
        try words.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(key, forKey: .key)
        try container.encode(role, forKey: .role)
        try container.encode(pem, forKey: .pem)
    }

    var text: String {
        func day(_ date: Date?) -> String { date.map { $0.formatted(.iso8601.year().month().day()) } ?? "?" }
        return """
            \(key.printable) (\(role))
              subject  \(words.subject.printable)
              issuer   \(words.issuer.printable)
              serial   \(words.serialNumber)
              valid    \(day(words.notBefore)) to \(day(words.notAfter))
            """
    }
}
