import ArgumentParser
import Foundation
import PSKC

/// `tessera pskc`: keys on their way from the maker of devices to the bank.
struct PSKCCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pskc", abstract: "Read and write key containers (PSKC, RFC 6030).",
        discussion: """
            Examples:
              tessera pskc inspect tokens.xml
              tessera pskc import tokens.xml --password-file letter.txt --output keys.txt
              tessera pskc export keys.txt --key-file transport.hex --output tokens.xml
            """,
        subcommands: [PSKCInspect.self, PSKCImport.self, PSKCExport.self])
}

/// The key or password that protects a container.
struct ProtectionOptions: ParsableArguments {
    @Option(help: "The file that holds the key, in hexadecimal digits; - for standard input.", completion: .file())
    var keyFile: String?
    @Option(help: "The environment variable that holds the key.")
    var keyVariable: String?
    @Option(help: "The file that holds the password; - for standard input.", completion: .file())
    var passwordFile: String?
    @Option(help: "The environment variable that holds the password.")
    var passwordVariable: String?

    var key: SecretInput? { get throws { try SecretInput(file: keyFile, variable: keyVariable, "key") } }
    var password: SecretInput? { get throws { try SecretInput(file: passwordFile, variable: passwordVariable, "password") } }

    /// The files that are read for it.
    var files: [String?] { [keyFile, passwordFile] }

    func validate() throws {
        guard try key == nil || password == nil else { throw ValidationError("Give a key or a password, not both.") }
    }
}

/// `tessera pskc inspect`.
struct PSKCInspect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "What is in a key container, without its secrets.",
        discussion: """
            It needs no key, and so it cannot tell whether the MACs are right: importing
            does.

            Examples:
              tessera pskc inspect tokens.xml
              tessera pskc inspect --json - < tokens.xml
            """)

    @Argument(help: "The key container, or - for standard input.", completion: .file())
    var file: String
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let document = try PSKCDocument(parsing: InputFile.read(file, limit: 32 << 20))
        let keys = document.outline.packages.map(KeyRecord.init)
        let protection =
            switch document.protection {
            case .none: "the secrets are not encrypted"
            case .key(let name): "the secrets are encrypted with a key" + (name.map { " called \"\($0)\"" } ?? "")
            case .password(let name, let rounds):
                "the secrets are encrypted with a password" + (name.map { " called \"\($0)\"" } ?? "") + ", \(rounds) rounds of PBKDF2"
            }
        let notes = [protection] + (document.isSigned ? ["there is a signature, which is not checked"] : [])
        try output.print(Report(protection: protection, isSigned: document.isSigned, keys: keys)) {
            var table = Table(header: ["key", "serial number", "algorithm", "secret", "expires"])
            table.rows = keys.map { [$0.id ?? "-", $0.serialNumber ?? "-", $0.algorithmName, $0.secretForm, $0.expiry] }
            return ([table.text] + notes).joined(separator: "\n").lines
        }
    }

    private struct Report: Encodable {
        let protection: String
        let isSigned: Bool
        let keys: [KeyRecord]
    }
}

extension String {
    /// Each line printable: what a container says of itself may lie.
    fileprivate var lines: String {
        split(separator: "\n", omittingEmptySubsequences: false).map { String($0).printable }.joined(separator: "\n")
    }
}
