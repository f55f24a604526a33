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

    @Test func `oathtool agrees on fifty random HOTP keys`() async throws {
        var random = SeededGenerator(seed: 4226)
        for round in 0..<50 {
            let key = Self.key(using: &random)
            let digits = 6 + round % 3
            // Small counters, and those that need all eight bytes.
            let counter = UInt64.random(in: 0...(.max >> UInt64.random(in: 1...60, using: &random)), using: &random)
            let hotp = try HOTP(key: SymmetricKey(data: key), digits: digits)
            let codes = try await Program.lines(
                "oathtool", ["--hotp", "-d", "\(digits)", "-c", "\(counter)", "-w", "4", Self.hexadecimal(key)])
            #expect((counter...counter + 4).map { hotp.code(counter: $0) } == codes, "key \(Self.hexadecimal(key))")
        }
    }

    @Test func `oathtool agrees on fifty random TOTP keys, hashes, steps and epochs`() async throws {
        var random = SeededGenerator(seed: 6238)
        for round in 0..<50 {
            let key = Self.key(using: &random)
            let digits = 6 + round % 3
            let algorithm = HashAlgorithm.allCases[round / 3 % 3]
            let step = Int.random(in: 1...120, using: &random)
            let epoch = round.isMultiple(of: 2) ? 0 : Int.random(in: 0...1_000_000_000, using: &random)
            let now = Int.random(in: 1_000_000_001...20_000_000_000, using: &random)
            let totp = try TOTP(
                key: SymmetricKey(data: key), digits: digits, algorithm: algorithm, step: .seconds(step),
                epoch: Date(timeIntervalSince1970: TimeInterval(epoch)))
            let codes = try await Program.lines(
                "oathtool",
                [
                    "--totp=\(algorithm.rawValue)", "-d", "\(digits)", "-s", "\(step)s", "-S", "@\(epoch)", "-N", "@\(now)", "-w", "2",
                    Self.hexadecimal(key),
                ])
            let date = Date(timeIntervalSince1970: TimeInterval(now))
            let first = try totp.step(at: date)
            #expect((first...first + 2).map { totp.code(step: $0) } == codes, "key \(Self.hexadecimal(key)), time \(now)")
            #expect(try totp.code(at: date) == codes.first)
        }
    }
}
