import ArgumentParser
import Foundation
import Verification

/// `tessera verify anchor`.
struct VerifyAnchor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "anchor", abstract: "Sign where the audit log ends, and export all heads.",
        discussion: """
            The key is Ed25519, in PEM, and lies outside the store:
              openssl genpkey -algorithm ed25519 -out audit.pem
              openssl pkey -in audit.pem -pubout -out audit-public.pem

            Keep the exported heads where nobody who can write the store can write.

            Examples:
              tessera verify anchor store.sqlite --key audit.pem
              tessera verify anchor store.sqlite --key audit.pem --output heads.json
            """)

    @Argument(help: "The file of the store, or its postgresql:// address.")
    var store: String
    @Option(help: "The private key, in PEM.")
    var key: String
    @Option(help: "Where all heads are written to, as JSON.")
    var output: String?

    func run() async throws {
        let key = try AuditKey.privateKey(pem: String(decoding: InputFile.read(key), as: UTF8.self))
        if let output { try InputFile.checkWritable(output) }
        let log = AuditLog(store: try await StorePlace(store).openForAudit(isReadOnly: false))
        let head = try await log.anchor(with: key)
        if let output {
            let text = try OutputOptions.json(try await log.heads()) + "\n"
            try InputFile.write(Array(text.utf8), to: output)
        }
        FileHandle(descriptor: 1).write(line: head.map { "anchored through row \($0.row) by head \($0.number)" } ?? "there are no rows yet")
    }
}
