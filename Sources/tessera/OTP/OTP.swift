import ArgumentParser
import Foundation
import OATH

/// `tessera otp`: the mathematics of one-time passwords.
struct OTP: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "otp", abstract: "Compute and check one-time passwords.",
        discussion: """
            The secret is in a file, on standard input or in an environment variable, never
            an argument: hexadecimal digits, Base32, or an otpauth:// URI.

            Examples:
              tessera otp hotp --secret-file seed.hex --counter 0
              tessera otp totp --secret-file seed.hex --digits 8
              tessera otp ocra --secret-file seed.hex --suite OCRA-1:HOTP-SHA1-6:QN08 \\
                --question 00000000
              tessera otp verify --secret-file seed.hex --counter 0 755224
            """,
        subcommands: [OTPHOTP.self, OTPTOTP.self, OTPOCRA.self, OTPVerify.self])
}

/// `tessera otp hotp`.
struct OTPHOTP: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hotp", abstract: "Codes by a counter (RFC 4226).",
        discussion: """
            Examples:
              tessera otp hotp --secret-file seed.hex --counter 0 --count 10
              tessera otp hotp --secret-file - --base32 --counter 7 < seed.txt
              tessera otp hotp --secret-file key.uri --json
            """)

    @OptionGroup var secret: SecretOptions
    @OptionGroup var codes: CodeOptions
    @Option(parsing: .unconditional, help: "The counter of the first code.")
    var counter: UInt64?
    @OptionGroup var count: CountOption
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let (hotp, first) = try await codes.hotp(secret.secret(), counter: counter)
        var rows: [Row] = []
        for offset in 0..<UInt64(count.count) {
            let (counter, isOver) = first.addingReportingOverflow(offset)
            guard !isOver else { throw Failure("the counter ends at \(UInt64.max)", hint: "print fewer codes", exit: .usage) }
            rows.append(Row(counter: counter, code: hotp.code(counter: counter)))
        }
        try output.print(rows) { rows.map(\.code).joined(separator: "\n") }
    }

    private struct Row: Encodable {
        let counter: UInt64
        let code: String
    }
}

/// `tessera otp totp`.
struct OTPTOTP: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "totp", abstract: "Codes by the time (RFC 6238).",
        discussion: """
            Examples:
              tessera otp totp --secret-file seed.hex
              tessera otp totp --secret-variable SEED --digits 8 --algorithm SHA256
              tessera otp totp --secret-file seed.hex --at 2026-11-21T12:00:00Z --count 3
            """)

    @OptionGroup var secret: SecretOptions
    @OptionGroup var codes: CodeOptions
    @OptionGroup var period: PeriodOption
    @Option(parsing: .unconditional, help: "Where counting begins, in seconds of Unix.")
    var epoch = 0
    @Option(parsing: .unconditional, help: "The moment, in seconds of Unix or ISO 8601, instead of now.")
    var at: Moment?
    @OptionGroup var count: CountOption
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let totp = try await codes.totp(secret.secret(), period: period.period, epoch: epoch)
        let first = try totp.step(at: at?.date ?? Date())
        let rows = (0..<UInt64(count.count)).map { Row(step: first &+ $0, code: totp.code(step: first &+ $0)) }
        try output.print(rows) { rows.map(\.code).joined(separator: "\n") }
    }

    private struct Row: Encodable {
        let step: UInt64
        let code: String
    }
}
