import ArgumentParser
import CMS
import CardApplications
import Crypto
import DeviceProtocol
import Devices
import Foundation
import ISO7816

/// `tessera card sign`: signs a file.
struct CardSign: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign", abstract: "Sign files with a key of the card.",
        discussion: """
            A raw signature is RSA PKCS#1 v1.5, or ECDSA in DER, with SHA-256 (SHA-384 for
            P-384). With --format cms it is CMS (RFC 5652) in DER, with the time and the
            signer's certificate: beside the file, or around it with --attached.

            The PIN is entered on the reader's keys where it has some, otherwise
            asked on the terminal; from a script, it is one line of standard input. Of
            several files, each is shown and wants a PIN of its own.

            Examples:
              tessera card sign --reader "Virtual PCD 00 00" contract.pdf
              tessera card sign --format cms contract.pdf annex.pdf
              tessera card sign --key authentication --output proof.sig proof.txt

            To check a signature in CMS, with the root that you trust:
              openssl cms -verify -binary -inform DER -in contract.pdf.p7s \\
                -content contract.pdf -CAfile root.pem -out /dev/null

            To check a raw signature:
              tessera card certificates --pem --key signature > signer.pem
              openssl x509 -in signer.pem -pubkey -noout > key.pem
              openssl dgst -sha256 -verify key.pem -signature contract.pdf.sig contract.pdf
            """)

    /// What the signature looks like.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case raw, cms
    }

    @OptionGroup var card: CardOptions
    @OptionGroup var entry: PINEntryOptions
    @Option(help: "Which key signs.")
    var key = SigningRole.signature
    @Option(help: "What is written: raw or cms.")
    var format = Format.raw
    @Flag(help: "Put the file into the signature; for cms.")
    var attached = false
    @Option(name: [.customShort("o"), .customLong("output")], help: "Where the signature goes; FILE.sig or FILE.p7s by default.")
    var target: String?
    @Flag(help: "Look up the keys in the card's own directories, whatever is known of its family; a few commands more.")
    var directories = false
    @Argument(help: "The files to sign.", completion: .file())
    var files: [String]
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard !files.contains("-") else { throw ValidationError("Standard input is where the PIN comes from: name a file to sign.") }
        guard !attached || format == .cms else { throw ValidationError("A raw signature holds no file: --attached needs --format cms.") }
        guard target == nil || files.count == 1 else { throw ValidationError("--output names one signature: sign one file with it.") }
        for file in files where files.contains(where: { isSameFile(signatureName(of: file), $0) }) {
            throw ValidationError("The signature of \"\(file)\" would take the place of a file to sign: choose another --output.")
        }
    }

    func run() async throws {
        // What cannot be read or written is found before anything is signed.
        let documents = try files.map { (name: $0, bytes: try InputFile.read($0)) }
        for name in files.map(signatureName(of:)) {
            try OutputGuard.check(name)
            try InputFile.checkWritable(name)
        }
        let source = card.source
        let signer = DocumentSigner(
            reader: try await card.readerName(of: source), of: source, usesPinpad: !entry.noPinpad, believesPlaces: !directories)
        for document in documents {
            let bytes: [UInt8]
            do { bytes = try await sign(document.bytes, named: document.name, with: signer, at: Date()) } catch let error as DeviceError
                where error.code == .indeterminate && !directories
            {
                let step = "\(document.name) has no signature yet: sign it again"
                throw Failure(
                    error.description, hint: step + "; where the card signed with another key, --directories helps", exit: error.exit)
            }
            let report = Report(
                file: document.name, signature: signatureName(of: document.name), format: format.rawValue, bytes: bytes.count)
            try InputFile.write(bytes, to: report.signature)
            // Nothing else goes where the signature went.
            guard !InputFile.isStandardOutput(report.signature) else { continue }
            try output.print(report, onOneLine: documents.count > 1) {
                "Signed \(document.name): \(report.signature), \(report.bytes) bytes."
            }
        }
    }

    /// Where the signature of `file` goes.
    private func signatureName(of file: String) -> String { target ?? file + (format == .cms ? ".p7s" : ".sig") }

    /// The bytes to write.
    private func sign(_ document: [UInt8], named file: String, with signer: DocumentSigner, at time: Date) async throws -> [UInt8] {
        let summary = Summary(
            title: "Document",
            lines: [
                .init("File", file.printable), .init("Size", "\(document.count) bytes"),
                .init("SHA-256", Array(SHA256.hash(data: document)).hexadecimal.lowercased()), .init("Key", key.rawValue),
            ])
        switch format {
        case .raw:
            guard !SignedDocument.resemblesSignedAttributes(document) else {
                throw Failure(
                    "\(file): a raw signature over this would be a CMS signature over another document",
                    hint: "sign the document itself, with --format cms", exit: .refused)
            }
            return try await signer.signature(over: document, by: key, showing: summary, to: entry.holder)
        case .cms:
            guard let certificate = try await signer.certificate(for: key.role) else {
                throw Failure("the card has no \(key.rawValue) key", hint: "\"tessera card info\" lists its keys", exit: .refused)
            }
            let signed = try SignedDocument(document, signer: certificate, at: time)
            let signature = try await signer.signature(
                over: signed.signedAttributes, by: key, having: certificate, showing: summary, to: entry.holder)
            return try signed.signedData(signature: signature, isAttached: attached)
        }
    }

    private struct Report: Encodable {
        let file: String
        let signature: String
        let format: String
        let bytes: Int
    }
}

extension DocumentSigner {
    /// A signature over `message`, with the person's consent.
    ///
    /// - Parameter certificate: the one that the key has to have; `nil` for whichever it has.
    func signature(
        over message: [UInt8], by key: SigningRole, having certificate: [UInt8]? = nil, showing summary: Summary, to holder: any Holder
    ) async throws -> [UInt8] {
        let response = try await sign(document: message, with: key.role, by: certificate, showing: summary, to: holder)
        guard case .signature(let signature, _) = response else {
            throw Failure("the card gave no signature", hint: "\"tessera card info\" tells what it is", exit: .refused)
        }
        return signature
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
