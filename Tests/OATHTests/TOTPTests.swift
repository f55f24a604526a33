import Crypto
import Foundation
import OATH
import TestSupport
import Testing

@Suite struct TOTPTests {
    struct Published: Decodable {
        struct Row: Decodable {
            let algorithm: String
            let time: TimeInterval
            let step: UInt64
            let code: String
        }
        let keys: [String: HexBytes]
        let rows: [Row]
    }

    private let key = SymmetricKey(data: Array("12345678901234567890".utf8))

    @Test func `every published code comes out, by time and by step`() throws {
        let published: Published = try Fixture.json("oath/totp-rfc6238.json")
        #expect(published.rows.count == 18)
        for row in published.rows {
            let algorithm = try #require(HashAlgorithm(rawValue: row.algorithm))
            let key = try #require(published.keys[row.algorithm])
            #expect(key.bytes.count == algorithm.byteCount)
            let totp = try TOTP(key: SymmetricKey(data: key.bytes), digits: 8, algorithm: algorithm)
            let date = Date(timeIntervalSince1970: row.time)
            #expect(try totp.step(at: date) == row.step)
            #expect(try totp.code(at: date) == row.code)
            #expect(totp.code(step: row.step) == row.code)
        }
    }

    @Test(arguments: [(0.0, 0), (29.999, 0), (30, 1), (59.999_999, 1), (60, 2), (20_000_000_000, 666_666_666)] as [(TimeInterval, UInt64)])
    func `a step begins with its first instant`(time: TimeInterval, step: UInt64) throws {
        let totp = try TOTP(key: key)
        #expect(try totp.step(at: Date(timeIntervalSince1970: time)) == step)
    }

    @Test(arguments: [1, 7, 30, 60, 86_400] as [Int])
    func `any step and any epoch count alike`(length: Int) throws {
        let epoch = Date(timeIntervalSince1970: 1_400_000_003)
        let totp = try TOTP(key: key, step: .seconds(length), epoch: epoch)
        #expect(totp.steps.length == .seconds(length))
        #expect(totp.steps.epoch == epoch)
        for step in [0, 1, 2, 1000] as [UInt64] {
            let start = epoch.addingTimeInterval(Double(step) * Double(length))
            #expect(try totp.step(at: start) == step)
            #expect(try totp.step(at: start.addingTimeInterval(Double(length) - 0.5)) == step)
            #expect(try totp.step(at: start.addingTimeInterval(Double(length))) == step + 1)
        }
    }

    @Test func `a step and a counter of the same value give the same code`() throws {
        let totp = try TOTP(key: key, digits: 7, algorithm: .sha512, step: .seconds(45))
        let hotp = try HOTP(key: key, digits: 7, algorithm: .sha512)
        for step in [0, 1, 0xFFFF_FFFF, .max] as [UInt64] { #expect(totp.code(step: step) == hotp.code(counter: step)) }
        #expect(totp.digits == 7)
        #expect(totp.algorithm == .sha512)
    }

    @Test(arguments: [-0.001, -1, -1e9, -.infinity, .infinity, .nan, 1e300] as [TimeInterval])
    func `a time that cannot be counted from the epoch is an error`(offset: TimeInterval) throws {
        let epoch = Date(timeIntervalSince1970: 1_700_000_000)
        let totp = try TOTP(key: key, epoch: epoch)
        // Not as an argument of the test: Foundation traps when an endless date is described.
        let date = Date(timeInterval: offset, since: epoch)
        let error = try #require(throws: OATHError.self) { try totp.code(at: date) }
        guard case .timeOutOfRange(let seconds) = error else { return #expect(Bool(false), "\(error)") }
        #expect(abs(seconds - offset) < 0.0001 || !offset.isFinite)
        #expect(throws: OATHError.self) { try totp.step(at: date) }
    }

    @Test(
        arguments: [
            .zero, .seconds(-30), .milliseconds(500), .milliseconds(30_500), .seconds(30) + .nanoseconds(1), .seconds(Int64.min),
        ] as [Duration])
    func `a step is a whole number of seconds, at least one`(step: Duration) {
        #expect(throws: OATHError.timeStep(step)) { try TOTP(key: key, step: step) }
        #expect(throws: OATHError.timeStep(step)) { try TimeSteps(of: step) }
    }

    @Test func `the longest step never ends`() throws {
        let totp = try TOTP(key: key, step: .seconds(Int64.max))
        #expect(try totp.step(at: Date(timeIntervalSince1970: 4e18)) == 0)
    }

    @Test func `digits and key are held to the rules of HOTP`() {
        #expect(throws: OATHError.digits(5)) { try TOTP(key: key, digits: 5) }
        #expect(throws: OATHError.emptyKey) { try TOTP(key: SymmetricKey(data: [UInt8]())) }
    }
}
