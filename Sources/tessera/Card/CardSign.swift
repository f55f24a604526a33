import ArgumentParser
import CardApplications
import Crypto
import DeviceProtocol
import Devices
import Foundation
import ISO7816
import PINEntry

/// `tessera card sign`: signs a file.
struct CardSign: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign", abstract: "Sign a file with a key of the card.",
        discussion: """
            The signature is raw: RSA PKCS#1 v1.5, or ECDSA in DER, with SHA-256 (SHA-384
            for P-384). The PIN is entered on the reader's keys where it has some, otherwise
            asked on the terminal; from a script, it is one line of standard input.

            Examples:
              tessera card sign --reader "Virtual PCD 00 00" contract.pdf
              tessera card sign --key authentication --output proof.sig proof.txt

            To check a signature:
              tessera card certificates --pem --key signature > signer.pem
              openssl x509 -in signer.pem -pubkey -noout > key.pem
              openssl dgst -sha256 -verify key.pem -signature contract.pdf.sig contract.pdf
            """)

    @OptionGroup var card: CardOptions
    @Option(help: "Which key signs.")
    var key = SigningRole.signature
    @Option(name: [.customShort("o"), .customLong("output")], help: "Where the signature goes; FILE.sig by default.")
    var target: String?
    @Argument(help: "The file to sign.", completion: .file())
    var file: String
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard file != "-" else { throw ValidationError("Standard input is where the PIN comes from: name a file to sign.") }
        guard target.map({ !isSameFile($0, file) }) ?? true else {
            throw ValidationError("The signature would take the place of the file: choose another --output.")
        }
    }

    func run() async throws {
        let document = try InputFile.read(file)
        let source = card.source
        let device = try await CardDevice.opening(
            reader: card.readerName(of: source), of: source, isEmulated: false, usesPinpad: !card.noPinpad)
        let summary = Summary(
            title: "Document",
            lines: [
                .init("File", file.printable), .init("Size", "\(document.count) bytes"),
                .init("SHA-256", Array(SHA256.hash(data: document)).hexadecimal.lowercased()), .init("Key", key.rawValue),
            ])
        let response = try await device.sign(document: document, with: key.role, showing: summary, to: TerminalHolder())
        guard case .signature(let signature, _) = response else {
            throw Failure("the card gave no signature", hint: "\"tessera card info\" tells what it is", exit: .refused)
        }
        let report = Report(file: file, signature: target ?? file + ".sig", bytes: signature.count)
        try InputFile.write(signature, to: report.signature)
        try output.print(report) { "Signed \(file): \(report.signature), \(report.bytes) bytes." }
    }

    private struct Report: Encodable {
        let file: String
        let signature: String
        let bytes: Int
    }
}

/// The keys that sign documents.
enum SigningRole: String, ExpressibleByArgument, CaseIterable {
    case authentication, signature

    var role: CardKey.Role {
        switch self {
        case .authentication: .authentication
        case .signature: .signature
        }
    }
}
