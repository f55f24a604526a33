import ArgumentParser
import DeviceProtocol
import Emulation
import Foundation
import PINEntry
import Pictures
import ScanChallenge

/// `tessera scan read`: reads a QR code as the Scan does.
struct ScanRead: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "read", abstract: "Be the Scan: read a QR code, show what it says, ask, and give the code.",
        discussion: """
            A picture is PNG or JPEG; a file with the text of the code itself (SC1:...) is
            taken as well. The question is asked on standard error; --yes answers it for a
            script.

            Examples:
              tessera scan read --device scan.json code.png
              tessera scan read --device scan.json --yes - < code.png
            """)

    @Option(help: "The Scan's file.", completion: .file())
    var device: String
    @Flag(help: "Accept without asking.")
    var yes = false
    @Argument(help: "The picture, or - for standard input.", completion: .file())
    var picture: String
    @OptionGroup var output: OutputOptions

    func run() async throws {
        guard picture != "-" || yes else {
            throw ValidationError("Standard input is the picture, so nobody can answer there: add --yes.")
        }
        let lock = try await StateLock.taking(device)
        var file = try ScanFile(stateFile: device)
        let scan = try file.device(clock: { Date() })
        let sealed = try text(in: InputFile.read(picture))
        let response: Response
        do throws(DeviceError) {
            response =
                yes
                ? try await scan.respond(to: .sealed(sealed), with: Agreeing())
                : try await scan.respond(to: .sealed(sealed), with: TerminalHolder())
        } catch {
            guard error.code == .challengeRefused else { throw error }
            throw Failure("the Scan shows: " + scan.screen.lines.joined(separator: ". "), hint: error.hint, exit: .refused)
        }
        guard case .code(let code) = response else { throw Failure("the Scan gave no code", hint: "repeat", exit: .refused) }
        file.accepted = scan.accepted.map { Data($0.der) }
        try file.write(stateFile: device)
        _ = consume lock
        try output.print(["code": code]) { code }
    }

    private func text(in bytes: [UInt8]) throws -> String {
        if bytes.starts(with: Array("SC1:".utf8)) { return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .newlines) }
        let texts = try QRReader.texts(in: bytes)
        guard let first = texts.first else {
            throw Failure("there is no QR code in \"\(picture)\"", hint: "take the whole code with its light border", exit: .refused)
        }
        guard texts.count == 1 else {
            throw Failure("there are \(texts.count) QR codes in \"\(picture)\"", hint: "leave one in the picture", exit: .refused)
        }
        return first
    }

    /// Someone who said yes beforehand; sees the operation all the same.
    private struct Agreeing: Holder {
        func show(_ prompt: Prompt) async { await TerminalHolder().show(prompt) }
        func consent(to summary: Summary) async throws(HolderError) {}
        func pin(for request: PINRequest) async throws(HolderError) -> PIN { throw .unavailable }
    }
}
