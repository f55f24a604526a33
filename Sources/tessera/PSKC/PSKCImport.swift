import ArgumentParser
import Foundation
import OATH
import PSKC

/// `tessera pskc import`.
struct PSKCImport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Open a key container: check its MACs, decrypt, and write its keys.",
        discussion: """
            The keys are written as otpauth:// URIs, one a line, or with --json with
            everything that the container says of them, which "tessera pskc export" reads
            again. The file is readable for its owner alone.

            Examples:
              tessera pskc import tokens.xml --output keys.txt
              tessera pskc import tokens.xml --key-file transport.hex --output keys.txt
              tessera pskc import tokens.xml --password-file - --json --output keys.json
            """)

    @Argument(help: "The key container.", completion: .file())
    var file: String
    @OptionGroup var protection: ProtectionOptions
    @Option(help: "The file that takes the keys, or - for standard output.", completion: .file())
    var output: String
    @Flag(help: "Write JSON.")
    var json = false
    @Flag(help: "Take keys whose time is over, too.")
    var expired = false

    func run() async throws {
        try OutputGuard.check(output, against: [file] + protection.files)
        let document = try PSKCDocument(parsing: InputFile.read(file, limit: 32 << 20))
        let container = try await protection.open(document)
        for case let key? in container.packages.map(\.key) where key.policy?.unknownRules.isEmpty == false {
            throw Failure(
                "the key \"\(key.id)\" has rules that are not understood, so it may not be used",
                hint: "ask who made it for one without", exit: .refused)
        }
        let now = Date()
        if !expired, let package = container.packages.first(where: { ($0.expiry ?? .distantFuture) <= now }) {
            let day = package.expiry.map { String($0.formatted(.iso8601).prefix(10)) } ?? ""
            throw Failure(
                "the key \"\(package.key?.id ?? "")\" ended on \(day)", hint: "ask for another one, or take it all the same with --expired",
                exit: .refused)
        }
        let text: String
        if json {
            text = try OutputOptions.json(container.packages.map(KeyRecord.init)) + "\n"
        } else {
            text = try container.packages.map { package in
                guard let uri = try KeyURI(package) else {
                    throw Failure(
                        "the key \"\(package.key?.id ?? "")\" does not fit into a URI", hint: "write JSON with --json", exit: .refused)
                }
                return uri.text + "\n"
            }.joined()
        }
        try InputFile.write(Array(text.utf8), to: output, isPrivate: true)
        // What did not arrive was told.
        guard !Interrupts.isOutputBroken else { return }
        if !json { for warning in URILosses(container.packages).warnings { FileHandle(descriptor: 2).write(line: warning) } }
        let signature = document.isSigned ? "; the signature was not checked" : ""
        FileHandle(descriptor: 2).write(line: "tessera: keys written to \(output.printable): \(container.packages.count)\(signature)")
    }
}

/// `tessera pskc export`.
struct PSKCExport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write keys into a key container.",
        discussion: """
            The keys are otpauth:// URIs, one a line, or what "tessera pskc import --json"
            wrote, with dates, serial numbers and rules. --plain is for tests: everybody
            who has the file has the keys.

            Examples:
              tessera pskc export keys.txt --key-file transport.hex --output tokens.xml
              tessera pskc export keys.txt --password-file letter.txt --output tokens.xml
              tessera pskc export keys.txt --plain --output tokens.xml
            """)

    @Argument(help: "The file with the keys, or - for standard input.", completion: .file())
    var file: String
    @OptionGroup var protection: ProtectionOptions
    @Flag(help: "Do not encrypt the secrets.")
    var plain = false
    @Option(help: "What key or password are called between both sides.")
    var keyName = "transport"
    @Option(help: "The file that takes the key container, or - for standard output.", completion: .file())
    var output: String

    func validate() throws {
        let isProtected = try protection.key != nil || protection.password != nil
        guard isProtected != plain else { throw ValidationError("Give a key, a password, or --plain.") }
    }

    func run() async throws {
        try OutputGuard.check(output, against: [file] + protection.files)
        let packages = try packages(in: InputFile.read(file, limit: 16 << 20))
        guard !packages.isEmpty else {
            throw Failure("\"\(file)\" has no keys", hint: "write otpauth:// URIs into it, one a line", exit: .usage)
        }
        let container = KeyContainer(packages: packages)
        var random = SystemRandomNumberGenerator()
        let bytes: [UInt8]
        if let key = try protection.key {
            bytes = try container.document(key: await key.hexadecimalKey(SecretInput.drawnKey), name: keyName, using: &random)
        } else if let password = try protection.password {
            bytes = try container.document(password: await password.password(), name: keyName, using: &random)
        } else {
            bytes = try container.plainDocument()
        }
        try InputFile.write(bytes, to: output, isPrivate: true)
        guard !Interrupts.isOutputBroken else { return }
        FileHandle(descriptor: 2).write(line: "tessera: keys written to \(output.printable): \(packages.count)")
    }

    private func packages(in bytes: [UInt8]) throws -> [KeyPackage] {
        if bytes.first(where: { ![0x09, 0x0A, 0x0D, 0x20].contains($0) }) == UInt8(ascii: "[") {
            return try KeyRecord.packages(in: bytes, named: file)
        }
        let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
        return try lines.enumerated().map { try KeyURI(parsing: String($1)).package(id: "\($0 + 1)") }
    }
}
