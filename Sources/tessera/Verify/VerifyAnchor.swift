import ArgumentParser
import Crypto
import Foundation
import Verification

/// `tessera verify anchor`.
struct VerifyAnchor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "anchor", abstract: "Sign where the audit log ends, once or again and again, and export heads.",
        discussion: """
            The key is Ed25519, in PEM, and lies outside the store:
              openssl genpkey -algorithm ed25519 -out audit.pem
              openssl pkey -in audit.pem -pubout -out audit-public.pem

            Keep the exported heads where nobody who can write the store can write.

            With --follow it goes on until Ctrl-C: every so many seconds it looks, and it
            signs when a row has waited for --age seconds, or --rows of them wait. The
            file of --append only grows; each head is on the disk before the next one is
            signed.

            Examples:
              tessera verify anchor store.sqlite --key audit.pem
              tessera verify anchor store.sqlite --key audit.pem --output heads.json
              tessera verify anchor store.sqlite --key audit.pem --follow --every 10 \\
                --append /mnt/elsewhere/heads.jsonl
            """)

    @Argument(help: "The file of the store, or its postgresql:// address.")
    var store: String
    @Option(help: "The private key, in PEM.")
    var key: String
    @Option(help: "Where all heads are written to, as a JSON list.")
    var output: String?
    @Option(help: "The file that new heads are appended to, one JSON object a line.")
    var append: String?
    @Flag(help: "Go on until Ctrl-C.")
    var follow = false
    @Option(help: "How often to look, in seconds, with --follow.")
    var every = 10
    @Option(help: "How long a row may wait for a head, in seconds, with --follow.")
    var age = 60
    @Option(help: "How many rows may wait for a head, with --follow.")
    var rows = 10_000

    func validate() throws {
        guard (1...86_400).contains(every), (0...86_400).contains(age) else { throw ValidationError("Give 1 to 86,400 seconds.") }
        guard rows > 0 else { throw ValidationError("Give at least one row.") }
        guard !follow || output == nil else { throw ValidationError("With --follow, give --append in place of --output.") }
    }

    func run() async throws {
        if let output { try OutputGuard.check(output, against: [store, key, append]) }
        let key = try AuditKey.privateKey(pem: String(decoding: InputFile.read(key), as: UTF8.self))
        if let output { try InputFile.checkWritable(output) }
        let log = AuditLog(store: try await StorePlace(store).openForAudit(isReadOnly: false))
        var file: HeadsFile?
        if let append { file = try await HeadsFile.open(append, of: log) }
        defer { file?.close() }
        if follow {
            FileHandle(descriptor: 2).write(line: "tessera: following \(store.printable); Ctrl-C signs what is left, and ends")
            try await wait(for: log, key, &file)
        }
        // After Ctrl-C, too: nothing that was written until then stays without a head. A cancelled task writes nothing more.
        let (head, heads) = try await Task.detached { [file, isListed = output != nil] in
            let head = try await log.anchor(with: key)
            var file = file
            try await file?.export(log)
            return (head, try await isListed ? log.heads() : [])
        }.value
        if let output { try InputFile.write(Array((try OutputOptions.json(heads) + "\n").utf8), to: output) }
        FileHandle(descriptor: 1).write(line: head.map(Self.text) ?? "there are no rows yet")
    }

    /// Signs when it is due, until the task is cancelled.
    private func wait(for log: AuditLog, _ key: Curve25519.Signing.PrivateKey, _ file: inout HeadsFile?) async throws {
        let rule = AnchorRule(age: TimeInterval(age), rows: Int64(rows))
        while !Task.isCancelled {
            do {
                if try await log.needsAnchor(by: rule), let head = try await log.anchor(with: key) {
                    try await file?.export(log)
                    FileHandle(descriptor: 1).write(line: Self.text(head))
                }
                try await Task.sleep(for: .seconds(every))
            } catch is CancellationError {
                return
            } catch let error as AuditError where error == .store(.cancelled) {
                return
            } catch let error as StoreError where error == .cancelled {
                return
            }
        }
    }

    private static func text(_ head: AuditHead) -> String { "anchored through row \(head.row) by head \(head.number)" }
}
