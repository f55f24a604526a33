public import ArgumentParser
import Crypto
import Foundation
import ISO7816
public import OATH

/// `tessera token`: a key fob in the terminal.
struct Token: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Be a key fob: the code of this moment, and how long it lasts.",
        discussion: """
            On a terminal the code is redrawn each second until Ctrl-C; elsewhere it is one
            line. The secret is in hexadecimal digits, in a file or on standard input, never
            an argument.

            Examples:
              tessera token --secret-file seed.hex
              tessera token --secret-file - < seed.hex
              tessera token --secret-file seed.hex --json
            """)

    @Option(help: "The file that holds the secret in hexadecimal digits, or - for standard input.", completion: .file())
    var secretFile: String
    @Option(help: "How many digits, 6 to 10.")
    var digits = 6
    @Option(help: "How many seconds a code lasts.")
    var period = 30
    @Option(help: "SHA1, SHA256 or SHA512.")
    var algorithm = HashAlgorithm.sha1
    @Flag(help: "Print one code and end, on a terminal too.")
    var once = false
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...86_400).contains(period) else { throw ValidationError("A code lasts 1 to 86400 seconds, not \(period).") }
    }

    func run() async throws {
        let totp = try TOTP(key: secret(), digits: digits, algorithm: algorithm, step: .seconds(period))
        if output.json || once || isatty(1) == 0 {
            let reading = try Reading(totp, at: Date(), period: period)
            return try output.print(reading) { reading.code }
        }
        let screen = FileHandle(descriptor: 1)
        while !Task.isCancelled {
            let reading = try Reading(totp, at: Date(), period: period)
            let marks = 10 * reading.secondsLeft / period
            let bar = String(repeating: "▮", count: marks) + String(repeating: "▯", count: 10 - marks)
            screen.write(text: "\r\u{1B}[K\(reading.code)  \(bar)  \(reading.secondsLeft) s")
            try? await Task.sleep(for: .seconds(1))
        }
        screen.write(line: "")
    }

    private func secret() throws -> SymmetricKey {
        let text = String(decoding: try InputFile.read(secretFile), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard let bytes = [UInt8](hexadecimal: text), !bytes.isEmpty else {
            throw Failure(
                "\"\(secretFile)\" does not hold hexadecimal digits", hint: "write the secret as 40 digits, for 20 bytes", exit: .usage)
        }
        return SymmetricKey(data: bytes)
    }

    private struct Reading: Encodable {
        let code: String
        let secondsLeft: Int

        init(_ totp: TOTP, at now: Date, period: Int) throws {
            code = try totp.code(at: now)
            secondsLeft = period - Int(now.timeIntervalSince1970) % period
        }
    }
}

extension HashAlgorithm: ExpressibleByArgument {
    /// In capitals or not.
    public init?(argument: String) { self.init(rawValue: argument.uppercased()) }
}
