import ArgumentParser
import Foundation
import OATH

/// `tessera token`: a key fob in the terminal.
struct Token: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Be a key fob: the code of this moment, and how long it lasts.",
        discussion: """
            On a terminal that can do it (TERM is not dumb) the code is redrawn each second
            until Ctrl-C; elsewhere it is one line. At a terminal, - asks for the secret
            without showing it. The secret is in a file, on standard input or in an
            environment variable, never an argument: hexadecimal digits, Base32, or an
            otpauth:// URI.

            That LuxTrust's Token computes with SHA-1 is inferred: nobody has said so
            ("tessera device products").

            Examples:
              tessera token --secret-file seed.hex
              tessera token --secret-file - < seed.hex
              tessera token --secret-variable SEED --base32 --json
            """)

    @OptionGroup var secret: SecretOptions
    @OptionGroup var codes: CodeOptions
    @OptionGroup var period: PeriodOption
    @Flag(help: "Print one code and end, on a terminal too.")
    var once = false
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let totp = try await codes.totp(secret.secret(), period: period.period, epoch: 0)
        let period = Int(totp.steps.length.components.seconds)
        if output.json || once || !LiveScreen.isThere {
            let reading = try Reading(totp, at: Date(), period: period)
            return try output.print(reading) { reading.code }
        }
        let screen = FileHandle(descriptor: 1)
        while !Task.isCancelled {
            let reading = try Reading(totp, at: Date(), period: period)
            let marks = 10 * reading.secondsLeft / period
            let (full, empty) = LiveScreen.isASCII ? ("#", "-") : ("▮", "▯")
            let bar = String(repeating: full, count: marks) + String(repeating: empty, count: 10 - marks)
            screen.write(text: "\r\u{1B}[K\(reading.code)  \(bar)  \(reading.secondsLeft) s")
            try? await Task.sleep(for: .seconds(1))
        }
        screen.write(line: "")
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
