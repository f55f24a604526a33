import Foundation
import TestSupport

/// A test pair in files: the bank's side, the Scan, and the pictures between them.
struct ScanBench {
    static let iban = "LU28 0019 4006 4475 0000"
    static let payment = ["--iban", iban, "--amount", "12.50", "--payee", "Bakery"]

    struct Challenge: Decodable {
        let id: String
        let text: String
        let version: Int
        let png: String?
        let expiresAt: Date
    }

    let folder: Folder
    var bank: String { folder.path("bank.json") }
    var device: String { folder.path("scan.json") }

    init() async throws {
        folder = try Folder()
        let outcome = try await Program.run("scan", "pair", "--bank", bank, "--device", device)
        guard outcome.status == 0 else { throw ChildProgramError.notInstalled(outcome.complaints) }
    }

    func path(_ name: String) -> String { folder.path(name) }

    /// A challenge of the bank, drawn into a picture as well.
    ///
    /// - Parameter lifetime: in seconds; more than any test takes.
    func challenge(_ options: [String] = payment, png: String = "code.png", lifetime: Int = 3_600) async throws -> Challenge {
        let arguments = ["scan", "challenge", "--bank", bank, "--json", "--png", path(png), "--lifetime", "\(lifetime)"]
        return try await Program.run(arguments + options).json()
    }

    func read(_ picture: String = "code.png", _ options: String..., input: String = "") async throws -> ChildProgram.Outcome {
        try await Program.run(["scan", "read", "--device", device, path(picture)] + options, input: input)
    }

    func verify(_ code: String) async throws -> ChildProgram.Outcome {
        try await Program.run("scan", "verify", "--bank", bank, code)
    }
}
