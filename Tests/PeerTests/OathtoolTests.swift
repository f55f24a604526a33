import Crypto
import Foundation
import OATH
import TestSupport
import Testing

/// `oathtool` of the OATH Toolkit computes the same codes; it knows 6 to 8 digits, and SHA-1 alone for HOTP.
@Suite struct OathtoolTests {
    private static func key(using random: inout some RandomNumberGenerator) -> [UInt8] {
        (0..<Int.random(in: 10...64, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    /// Many commands in one shell: starting a thousand programs from here would take the time.
    private static func lines(of commands: [String]) async throws -> [String] {
        let outcome = try await ChildProgram.run("sh", ["-e"], input: Data(commands.joined(separator: "\n").utf8), within: .seconds(300))
        guard outcome.status == 0 else { throw Program.Failure(description: "oathtool: \(outcome.complaints)") }
        return outcome.text.split(separator: "\n").map(String.init)
    }

    @Test func `oathtool agrees on a thousand random HOTP keys`() async throws {
        var random = SeededGenerator(seed: 4226)
        var (commands, codes) = ([String](), [String]())
        for round in 0..<1000 {
            let key = Self.key(using: &random)
            let digits = 6 + round % 3
            // Small counters, and those that need all eight bytes.
            let counter = UInt64.random(in: 0...(.max >> UInt64.random(in: 1...60, using: &random)), using: &random)
            let hotp = try HOTP(key: SymmetricKey(data: key), digits: digits)
            codes += (counter...counter + 4).map { hotp.code(counter: $0) }
            commands.append("oathtool --hotp -d \(digits) -c \(counter) -w 4 \(Self.hexadecimal(key))")
        }
        let theirs = try await Self.lines(of: commands)
        #expect(theirs.count == 5000)
        for (index, pair) in zip(codes, theirs).enumerated() { #expect(pair.0 == pair.1, "\(commands[index / 5])") }
    }

    @Test func `oathtool agrees on a thousand random TOTP keys, hashes, steps and epochs`() async throws {
        var random = SeededGenerator(seed: 6238)
        var (commands, codes) = ([String](), [String]())
        for round in 0..<1000 {
            let key = Self.key(using: &random)
            let digits = 6 + round % 3
            let algorithm = HashAlgorithm.allCases[round / 3 % 3]
            let step = Int.random(in: 1...120, using: &random)
            let epoch = round.isMultiple(of: 2) ? 0 : Int.random(in: 0...1_000_000_000, using: &random)
            let now = Int.random(in: 1_000_000_001...20_000_000_000, using: &random)
            let totp = try TOTP(
                key: SymmetricKey(data: key), digits: digits, algorithm: algorithm, step: .seconds(step),
                epoch: Date(timeIntervalSince1970: TimeInterval(epoch)))
            let date = Date(timeIntervalSince1970: TimeInterval(now))
            let first = try totp.step(at: date)
            #expect(try totp.code(at: date) == totp.code(step: first))
            codes += (first...first + 2).map { totp.code(step: $0) }
            commands.append(
                "oathtool --totp=\(algorithm.rawValue) -d \(digits) -s \(step)s -S @\(epoch) -N @\(now) -w 2 \(Self.hexadecimal(key))")
        }
        let theirs = try await Self.lines(of: commands)
        #expect(theirs.count == 3000)
        for (index, pair) in zip(codes, theirs).enumerated() { #expect(pair.0 == pair.1, "\(commands[index / 3])") }
    }
}
