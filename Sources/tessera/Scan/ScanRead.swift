import ArgumentParser
import DeviceProtocol
import Emulation
import Foundation

/// `tessera scan read`: reads a QR code as the Scan does.
struct ScanRead: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "read", abstract: "Be the Scan: read a QR code, show what it says, ask, and give the code.",
        discussion: """
            A picture is PNG or JPEG; a file with the text of the code itself (SC1:...) is
            taken as well. The QR codes of a pairing are answered in the same way. The
            question is asked on standard error; --yes answers it for a script.

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
        let file = try await StateLock.opening(device)
        defer { file.close() }
        let scan = try EmulatedScan(file: file, clock: { Date() })
        let sealed = try ScannedPicture.text(of: picture)
        let response: Response
        let person = Person(agrees: yes)
        do throws(DeviceError) {
            response = try await scan.respond(to: .sealed(sealed), with: person)
        } catch {
            throw Failure(error, EmulatedScan.word, scan.screen, person.trouble)
        }
        guard case .code(let code) = response else { throw Failure("the Scan gave no code", hint: "repeat", exit: .refused) }
        try output.print(Report(code: code, screen: scan.screen.lines)) { code }
    }

    private struct Report: Encodable {
        let code: String
        let screen: [String]
    }
}

extension Failure {
    /// What the display of a device says no with, which only who stands before it can see.
    ///
    /// - Parameter trouble: what could not be asked.
    init(_ error: DeviceError, _ name: String, _ screen: ScanScreen, _ trouble: Failure? = nil) {
        if error.code == .holderUnavailable, let trouble {
            self = trouble
            return
        }
        guard error.code == .challengeRefused, case .refused(let reason) = screen else {
            self.init(error)
            return
        }
        let isDisk = reason == .notKept
        self.init(
            "\(name) shows: " + screen.lines.joined(separator: ". "),
            hint: isDisk ? "check the folder, its rights, and the space on the disk" : error.hint, exit: isDisk ? .environment : .refused)
    }
}
