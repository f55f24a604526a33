import ArgumentParser
import Foundation
import OATH
import Secrets

/// `tessera otp verify`.
struct OTPVerify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check a code: by counter, by time, or as the answer to a question.",
        discussion: """
            With --counter it is HOTP, with --suite OCRA, otherwise TOTP. Nothing is
            remembered: a code that was right is right again, until whoever keeps the
            counter moves it on.

            Examples:
              tessera otp verify --secret-file seed.hex 123456
              tessera otp verify --secret-file seed.hex --counter 5 --look-ahead 10 287082
              tessera otp verify --secret-file seed.hex --suite OCRA-1:HOTP-SHA1-6:QN08 \\
                --question 00000000 237653
            """)

    @Argument(help: "The code.")
    var code: String
    @OptionGroup var secret: SecretOptions
    @OptionGroup var codes: CodeOptions
    @OptionGroup var ocra: OCRAOptions
    @Option(parsing: .unconditional, help: "HOTP: the counter that is expected. OCRA: the counter (C).")
    var counter: UInt64?
    @Option(parsing: .unconditional, help: "HOTP: how many counters further may match, 0 to 1000; 0 if not given.")
    var lookAhead: Int?
    @Option(parsing: .unconditional, help: "TOTP: how many steps earlier or later may match, 0 to 1000; 1 if not given.")
    var window: Int?
    @OptionGroup var period: PeriodOption
    @Option(parsing: .unconditional, help: "TOTP: where counting begins, in seconds of Unix; 0 if not given.")
    var epoch: Int?
    @Option(parsing: .unconditional, help: "TOTP, OCRA: the moment, in seconds of Unix or ISO 8601, instead of now.")
    var at: Moment?
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (0...1000).contains(lookAhead ?? 0), (0...1000).contains(window ?? 1) else {
            throw ValidationError("Look 0 to 1000 codes ahead or around.")
        }
        guard let kind = ocra.suite != nil ? Kind.ocra : counter != nil ? .hotp : nil else {
            return try refuse(ocraOptions, "needs --suite")
        }
        try refuse(strange(to: kind), "does not go with \(kind.rawValue)")
    }

    /// What makes the code, by the option that says so.
    private enum Kind: String {
        case ocra = "--suite"
        case hotp = "--counter"
    }

    private typealias Given = [(name: String, isGiven: Bool)]

    private var ocraOptions: Given {
        [
            ("--question", ocra.question != nil), ("--own-question", ocra.ownQuestion != nil), ("--pin-file", ocra.pinFile != nil),
            ("--pin-variable", ocra.pinVariable != nil), ("--session", ocra.session != nil),
        ]
    }

    private var totpOptions: Given { [("--window", window != nil), ("--period", period.period != nil), ("--epoch", epoch != nil)] }

    private func strange(to kind: Kind) -> Given {
        switch kind {
        case .ocra:
            totpOptions + [("--digits", codes.digits != nil), ("--algorithm", codes.algorithm != nil), ("--look-ahead", lookAhead != nil)]
        case .hotp: totpOptions + ocraOptions + [("--at", at != nil)]
        }
    }

    private func refuse(_ options: Given, _ why: String) throws {
        if let option = options.first(where: \.isGiven) { throw ValidationError("\(option.name) \(why).") }
    }

    func run() async throws {
        let (secret, now) = (try await secret.secret(), at?.date ?? Date())
        if ocra.suite != nil {
            let expected = try await ocra.code(secret, counter: counter, at: now)
            return try tell(Match(code: expected, place: nil), "the code is right")
        }
        var isCounted = counter != nil
        if case .uri(let uri) = secret, case .counter = uri.factor { isCounted = true }
        if isCounted {
            try refuse(strange(to: .hotp), "does not go with a counted key")
            let (hotp, first) = try codes.hotp(secret, counter: counter)
            let last = first.addingReportingOverflow(UInt64(lookAhead ?? 0))
            let range = first...(last.overflow ? .max : last.partialValue)
            let match = range.lazy.map { Match(code: hotp.code(counter: $0), place: $0) }.first { matches($0.code) }
            return try tell(match, match?.place.map { "the code is right, at counter \($0)" } ?? "")
        }
        try refuse([("--look-ahead", lookAhead != nil)], "needs --counter")
        let totp = try codes.totp(secret, period: period.period, epoch: epoch ?? 0)
        let step = try totp.step(at: now)
        let around = UInt64(window ?? 1)
        let range = (step - min(step, around))...(step &+ around)
        let match = range.lazy.map { Match(code: totp.code(step: $0), place: $0) }.first { matches($0.code) }
        try tell(match, match?.place.map { "the code is right, \(Self.drift(from: step, to: $0))" } ?? "")
    }

    private func matches(_ expected: String) -> Bool { constantTimeEquals(Array(code.utf8), Array(expected.utf8)) }

    private func tell(_ match: Match?, _ sentence: String) throws {
        guard let match, matches(match.code) else {
            if output.json { try output.print(Verdict(right: false, place: nil)) { "" } }
            throw Failure("the code is wrong", hint: "check key, counter and clock, and take the next code", exit: .refused)
        }
        try output.print(Verdict(right: true, place: match.place)) { sentence }
    }

    private static func drift(from step: UInt64, to place: UInt64) -> String {
        switch place {
        case step: "at this step"
        case ..<step: "steps late: \(step - place)"
        default: "steps early: \(place - step)"
        }
    }

    private struct Match {
        let code: String
        let place: UInt64?
    }

    private struct Verdict: Encodable {
        let right: Bool
        /// The counter or step that matched.
        let place: UInt64?
    }
}
