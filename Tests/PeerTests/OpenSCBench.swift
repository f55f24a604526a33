import Emulation
import Foundation
import TestSupport

/// A card in a slot of the private pcscd, and OpenSC's tools pointed to it alone.
struct OpenSCBench {
    let reader: String
    let folder: URL
    let configuration: URL

    /// Inserts a card for as long as `body` runs.
    ///
    /// - Parameters:
    ///   - settings: lines for OpenSC's configuration.
    ///   - card: makes the card; the authority's root is in the bench's folder as `root.der`.
    static func withCard(
        settings: String = "", _ card: (TestAuthority, Date) throws -> VirtualCard, _ body: (OpenSCBench) async throws -> Void
    ) async throws {
        let service = try await PrivatePCSCD.shared
        try await service.withSlot { slot in
            let folder = FileManager.default.temporaryDirectory.appending(path: "tessera-opensc-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            // OpenSC looks into every reader; the other slots may be in use by other tests.
            let others = service.slots.filter { $0 != slot }.map { "\"\($0.reader)\"" }.joined(separator: ", ")
            let configuration = folder.appending(path: "opensc.conf")
            try Data("app default { max_virtual_slots = 64; ignored_readers = \(others); \(settings) }\n".utf8).write(to: configuration)

            let now = Date()
            let authority = try TestAuthority(now: now)
            try Data(authority.root).write(to: folder.appending(path: "root.der"))
            let card = try card(authority, now)
            let place = try await VPCDSlot.inserting(card, host: "127.0.0.1", port: slot.port, patience: .patient)
            let bench = OpenSCBench(reader: slot.reader, folder: folder, configuration: configuration)
            do {
                guard await service.shows(cardWith: card.atr, in: slot) else { throw PrivatePCSCDError.noSlot }
                try await body(bench)
            } catch {
                await place.remove()
                throw error
            }
            await place.remove()
        }
    }

    func run(_ tool: String, _ arguments: String...) async throws -> ChildProgram.Outcome {
        try await ChildProgram.run(tool, arguments, environment: ["OPENSC_CONF": configuration.path])
    }

    func pkcs11(_ arguments: String...) async throws -> ChildProgram.Outcome {
        try await ChildProgram.run(
            "pkcs11-tool", ["--slot-description", reader] + arguments, environment: ["OPENSC_CONF": configuration.path])
    }

    func pkcs15(_ arguments: String...) async throws -> ChildProgram.Outcome {
        try await ChildProgram.run("pkcs15-tool", ["--reader", reader] + arguments, environment: ["OPENSC_CONF": configuration.path])
    }

    /// The answer to the last of some commands, as opensc-tool prints it.
    func status(after commands: String...) async throws -> String {
        let outcome = try await ChildProgram.run(
            "opensc-tool", ["--reader", reader] + commands.flatMap { ["-s", $0] }, environment: ["OPENSC_CONF": configuration.path])
        return String(outcome.text.split(separator: "\n").last { $0.hasPrefix("Received") } ?? "")
    }

    func path(_ name: String) -> String { folder.appending(path: name).path }

    /// Has OpenSC sign, and openssl verify the signature with the certificate, and the certificate with the root.
    ///
    /// - Returns: what openssl says of the signature and of the chain; what OpenSC says when it does not sign.
    func signAndVerify(key: String, mechanism: String, digest: String, pin: String = "123456") async throws -> String {
        try Data("pay 10 EUR to LU28 0019 4006 4475 0000".utf8).write(to: folder.appending(path: "message"))
        let sign = try await pkcs11(
            "--login", "--pin", pin, "--sign", "--mechanism", mechanism, "--id", key, "--signature-format", "openssl", "--input-file",
            path("message"), "--output-file", path("signature"))
        guard sign.status == 0 else { return sign.complaints }
        let certificate = try await pkcs15("--read-certificate", key)
        try certificate.output.write(to: folder.appending(path: "certificate.pem"))
        let publicKey = try await run("openssl", "x509", "-in", path("certificate.pem"), "-noout", "-pubkey")
        try publicKey.output.write(to: folder.appending(path: "key.pem"))
        let verify = try await run(
            "openssl", "dgst", "-\(digest)", "-verify", path("key.pem"), "-signature", path("signature"), path("message"))
        _ = try await run("openssl", "x509", "-inform", "der", "-in", path("root.der"), "-out", path("root.pem"))
        let chain = try await run("openssl", "verify", "-x509_strict", "-CAfile", path("root.pem"), path("certificate.pem"))
        return verify.text + verify.complaints + (chain.status == 0 ? "chain OK" : chain.text + chain.complaints)
    }
}

/// OpenSC as a PKCS#11 module, for programs that are not its own.
enum OpenSCModule {
    /// Where Debian has it; the folder is named after the architecture.
    ///
    /// - Throws: ``Program/Failure`` where it is not installed.
    static var path: String {
        get async throws {
            let listing = try await Program.lines("sh", ["-c", "ls /usr/lib/*/opensc-pkcs11.so"])
            guard let path = listing.first else { throw Program.Failure(description: "opensc-pkcs11.so is not installed") }
            return path
        }
    }
}
