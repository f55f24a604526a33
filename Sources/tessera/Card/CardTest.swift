import ArgumentParser
import CardApplications
import DeviceProtocol
import Devices
import Foundation
import ISO7816
import SwiftASN1
import X509

/// `tessera card test`: "test my certificate".
struct CardTest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Test the certificates of a card: sign something random with each key and check everything.",
        discussion: """
            Each key signs a random text that says that nothing is agreed to. The PIN
            is asked for each key; from a script it is one line of standard input a key.
            Then signature, validity, key usage and, with --ca, the chain are checked.
            The exit code is 0 when nothing failed.

            Examples:
              tessera card test
              tessera card test --ca roots.pem
              tessera card test --key authentication --json
            """)

    @OptionGroup var card: CardOptions
    @OptionGroup var entry: PINEntryOptions
    @Option(help: "Only this key.")
    var key: SigningRole?
    @Option(name: .customLong("ca"), help: "A PEM file with the root, and the certificates between if there are any.", completion: .file())
    var authorities: String?
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let chain = try authorities.map { try ChainCheck(pem: InputFile.read($0), named: $0) }
        let source = card.source
        // A test takes the card at its own word, and no key for one that it has not named.
        let device = DocumentSigner(
            reader: try await card.readerName(of: source), of: source, usesPinpad: !entry.noPinpad, believesPlaces: false)
        let now = Date()
        var findings: [Finding] = []
        for role in key.map({ [$0] }) ?? SigningRole.allCases {
            guard let der = try await device.certificate(for: role.role) else {
                findings.append(
                    .failed(role.rawValue, "the card has no such certificate", hint: "\"tessera card info\" tells what it has"))
                continue
            }
            guard let check = CertificateTest(der, role: role) else {
                findings.append(.failed(role.rawValue, "the certificate is not X.509", hint: "ask who issued the card for a new one"))
                continue
            }
            findings.append(try await signature(by: role, having: der, of: device, judgedBy: check))
            findings.append(check.validity(at: now))
            findings.append(check.usage)
            if let chain { findings.append(await chain.judge(check, at: now)) }
        }
        let report = Report(device: device.name, passed: !findings.hasFailed, checks: findings)
        try output.print(report) {
            "\(report.device.printable)\n\(findings.text)\n\n" + (report.passed ? "The card passed." : "The card did not pass.")
        }
        guard report.passed else { throw ExitCode(ProgramExit.refused.rawValue) }
    }

    private func signature(
        by role: SigningRole, having certificate: [UInt8], of device: DocumentSigner, judgedBy check: CertificateTest
    ) async throws -> Finding {
        var generator = SystemRandomNumberGenerator()
        let challenge = CertificateTest.challenge(using: &generator)
        let summary = Summary(
            title: "Test of a certificate",
            lines: [
                .init("Key", role.rawValue), .init("Certificate", check.subject), .init("Agrees to", "nothing; a random text is signed"),
            ])
        let signature = try await device.signature(over: challenge, by: role, having: certificate, showing: summary, to: entry.holder)
        return check.judge(signature, over: challenge)
    }

    private struct Report: Encodable {
        let device: String
        let passed: Bool
        let checks: [Finding]
    }
}
