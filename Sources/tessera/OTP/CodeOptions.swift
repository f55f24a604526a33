import ArgumentParser
import Foundation
import OATH

/// How the codes of a key are made, unless its URI says so.
struct CodeOptions: ParsableArguments {
    @Option(parsing: .unconditional, help: "How many digits, 6 to 10; 6 unless a URI says otherwise.")
    var digits: Int?
    @Option(help: "SHA1, SHA256 or SHA512; SHA1 unless a URI says otherwise.")
    var algorithm: HashAlgorithm?

    /// Codes by a counter, and the counter of the first.
    func hotp(_ secret: SecretOptions.Secret, counter: UInt64?) throws -> (HOTP, UInt64) {
        switch secret {
        case .key(let key):
            guard let counter else { throw Failure("there is no counter", hint: "give --counter", exit: .usage) }
            return (try HOTP(key: key, digits: digits ?? 6, algorithm: algorithm ?? .sha1), counter)
        case .uri(let uri):
            try refuseOptions()
            guard let hotp = try uri.hotp(), case .counter(let first) = uri.factor else {
                throw Failure("the URI is of a time-based key", hint: "use \"tessera otp totp\"", exit: .usage)
            }
            return (hotp, counter ?? first)
        }
    }

    /// Codes by the time.
    func totp(_ secret: SecretOptions.Secret, period: Int?, epoch: Int) throws -> TOTP {
        switch secret {
        case .key(let key):
            return try TOTP(
                key: key, digits: digits ?? 6, algorithm: algorithm ?? .sha1, step: .seconds(period ?? 30),
                epoch: Date(timeIntervalSince1970: TimeInterval(epoch)))
        case .uri(let uri):
            try refuseOptions()
            guard period == nil, epoch == 0 else { throw Self.contradiction }
            guard let totp = try uri.totp() else {
                throw Failure("the URI is of a counted key", hint: "use \"tessera otp hotp\"", exit: .usage)
            }
            return totp
        }
    }

    private func refuseOptions() throws {
        guard digits == nil, algorithm == nil else { throw Self.contradiction }
    }

    private static let contradiction = Failure(
        "the URI already says how codes are made", hint: "leave --digits, --algorithm, --period and --epoch out", exit: .usage)
}

/// How long a code by the time lasts.
struct PeriodOption: ParsableArguments {
    @Option(parsing: .unconditional, help: "How many seconds a code lasts; 30 unless a URI says otherwise.")
    var period: Int?

    func validate() throws {
        guard (1...86_400).contains(period ?? 30) else { throw ValidationError("A code lasts 1 to 86400 seconds, not \(period ?? 30).") }
    }
}

/// A moment: seconds of Unix, or ISO 8601 such as 2026-11-21T12:00:00Z; a day alone is its beginning in UTC.
struct Moment: ExpressibleByArgument {
    let date: Date
    /// As it was written.
    let text: String

    private static let day = Date.ISO8601FormatStyle.iso8601.year().month().day()

    init?(argument: String) {
        text = argument
        if let seconds = Int64(argument), seconds.magnitude < 1 << 53 {
            date = Date(timeIntervalSince1970: TimeInterval(seconds))
        } else if let parsed = try? Date(argument, strategy: .iso8601) {
            date = parsed
        } else if let parsed = try? Date(argument, strategy: Self.day), parsed.formatted(Self.day) == argument {
            date = parsed
        } else {
            return nil
        }
    }
}

/// How many codes are printed.
struct CountOption: ParsableArguments {
    @Option(parsing: .unconditional, help: "How many codes to print, one a line.")
    var count = 1

    func validate() throws {
        guard (1...100_000).contains(count) else { throw ValidationError("Print 1 to 100000 codes, not \(count).") }
    }
}
