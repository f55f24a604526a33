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
    @Option(help: "HOTP: the counter that is expected. OCRA: the counter (C).")
    var counter: UInt64?
    @Option(help: "HOTP: how many counters further may match, 0 to 1000.")
    var lookAhead = 0
    @Option(help: "TOTP: how many steps earlier or later may match, 0 to 1000.")
    var window = 1
    @Option(help: "TOTP: how many seconds a code lasts; 30 unless a URI says otherwise.")
    var period: Int?
    @Option(help: "TOTP: where counting begins, in seconds of Unix.")
    var epoch = 0
    @Option(help: "The moment, in seconds of Unix or ISO 8601, instead of now.")
    var at: Moment?
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (0...1000).contains(lookAhead), (0...1000).contains(window) else {
            throw ValidationError("Look 0 to 1000 codes ahead or around.")
        }
    }

    func run() async throws {
        let (secret, now) = (try secret.secret(), at?.date ?? Date())
        if ocra.suite != nil {
            let expected = try ocra.code(secret, counter: counter, at: now)
            return try tell(Match(code: expected, place: nil), "the code is right")
        }
        var isCounted = counter != nil
        if case .uri(let uri) = secret, case .counter = uri.factor { isCounted = true }
        if isCounted {
            let (hotp, first) = try codes.hotp(secret, counter: counter)
            let last = first.addingReportingOverflow(UInt64(lookAhead))
            let range = first...(last.overflow ? .max : last.partialValue)
            let match = range.lazy.map { Match(code: hotp.code(counter: $0), place: $0) }.first { matches($0.code) }
            return try tell(match, match?.place.map { "the code is right, at counter \($0)" } ?? "")
        }
        let totp = try codes.totp(secret, period: period, epoch: epoch)
        let step = try totp.step(at: now)
        let range = (step - min(step, UInt64(window)))...(step &+ UInt64(window))
        let match = range.lazy.map { Match(code: totp.code(step: $0), place: $0) }.first { matches($0.code) }
        try tell(match, match?.place.map { "the code is right, \(Self.drift(from: step, to: $0))" } ?? "")
    }

    private func matches(_ expected: String) -> Bool { constantTimeEquals(Array(code.utf8), Array(expected.utf8)) }

    private func tell(_ match: Match?, _ sentence: String) throws {
        guard let match, matches(match.code) else {
            throw Failure("the code is wrong", hint: "check key, counter and clock, and take the next code", exit: .refused)
        }
        try output.print(Verdict(place: match.place)) { sentence }
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
        let right = true
        /// The counter or step that matched.
        let place: UInt64?
    }
}
