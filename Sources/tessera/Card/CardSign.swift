import ArgumentParser
import CardApplications
import Crypto
import DeviceProtocol
import Devices
import Foundation
import ISO7816
import PCSC
import PINEntry

/// `tessera card sign`: signs a file.
struct CardSign: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign", abstract: "Sign a file with a key of the card.",
        discussion: """
            The signature is raw: RSA PKCS#1 v1.5, or ECDSA in DER, with SHA-256 (SHA-384 for P-384). Check it so:
              tessera card certificates --pem | openssl x509 -pubkey -noout > key.pem
              openssl dgst -sha256 -verify key.pem -signature contract.pdf.sig contract.pdf

            The PIN is asked on the terminal; from a script, it is one line of standard input.
            """)

    @OptionGroup var card: CardOptions
    @Option(help: "Which key: authentication or signature.")
    var key = SigningRole.signature
    @Option(name: [.short, .long], help: "Where the signature goes; FILE.sig by default.")
    var output: String?
    @Argument(help: "The file to sign.", completion: .file())
    var file: String

    func run() async throws {
        let document = try InputFile.read(file)
        let source = PCSCReaders()
        let device = try await CardDevice.opening(reader: card.readerName(of: source), of: source, isEmulated: false)
        let summary = Summary(
            title: "Document",
            lines: [
                .init("File", file), .init("Size", "\(document.count) bytes"),
                .init("SHA-256", Array(SHA256.hash(data: document)).hexadecimal.lowercased()), .init("Key", key.rawValue),
            ])
        let response = try await device.sign(document: document, with: key.role, showing: summary, to: TerminalHolder())
        guard case .signature(let signature, _) = response else { throw Failure("the card gave no signature", exit: .refused) }
        let target = output ?? file + ".sig"
        try InputFile.write(signature, to: target)
        FileHandle(descriptor: 1).write(line: "Signed \(file): \(target), \(signature.count) bytes.")
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
