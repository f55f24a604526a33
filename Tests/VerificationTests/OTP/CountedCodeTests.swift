import Crypto
import Foundation
import TestSupport
import Testing

@testable import Verification

struct CountedCodeTests {
    private let parameters = CountedCodeParameters(digits: 6)
    private var fresh: CountedCode { CountedCode(key: KeyMaterial(SymmetricKey(data: Array("12345678901234567890".utf8)))) }

    // RFC 4226, appendix D: the codes of the counters 0 to 9.
    private let codes = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"]

    @Test func `the published codes are accepted in their order, each once`() throws {
        var state = fresh
        for (counter, code) in codes.enumerated() {
            state = try #require(state.accepting(code, as: parameters))
            #expect(state.next == UInt64(counter) + 1)
            for spent in codes.prefix(counter + 1) { #expect(state.accepting(spent, as: parameters) == nil) }
        }
    }

    @Test func `codes that were shown and never used are passed over, and are then spent`() throws {
        let state = try #require(fresh.accepting(codes[0], as: parameters)?.accepting(codes[7], as: parameters))
        #expect(state.next == 8)
        for old in codes.prefix(8) { #expect(state.accepting(old, as: parameters) == nil) }
        #expect(state.accepting(codes[8], as: parameters) != nil)
    }

    @Test func `the first code may be further ahead than the others, two codes further still, and none beyond`() throws {
        func code(_ counter: UInt64) throws -> String {
            let before = CountedCode(key: fresh.key, counter: counter)
            // The judge is the state itself, one counter at a time: which text is right there.
            return try #require(CodeSearch.code(of: before, as: parameters))
        }
        let used = try #require(fresh.accepting(codes[0], as: parameters))
        for (ahead, first, later, pair) in [
            (9, true, true, true), (10, true, false, true), (19, true, false, true), (20, false, false, true), (99, false, false, true),
            (100, false, false, false),
        ] as [(UInt64, Bool, Bool, Bool)] {
            #expect((fresh.accepting(try code(ahead), as: parameters) != nil) == first, "\(ahead)")
            #expect((used.accepting(try code(1 + ahead), as: parameters) != nil) == later, "\(ahead)")
            #expect((used.forgettingDrift().accepting(try code(1 + ahead), as: parameters) != nil) == first, "\(ahead)")
            let found = fresh.resynchronised(by: try code(ahead), try code(ahead + 1), as: parameters)
            #expect((found?.next == ahead + 2) == pair, "\(ahead)")
            #expect(fresh.resynchronised(by: try code(ahead + 1), try code(ahead), as: parameters) == nil)
            #expect(fresh.resynchronised(by: try code(ahead), try code(ahead + 2), as: parameters) == nil)
        }
    }

    @Test func `two spent codes resynchronise nothing`() throws {
        let state = try #require(fresh.accepting(codes[4], as: parameters))
        #expect(state.resynchronised(by: codes[2], codes[3], as: parameters) == nil)
        #expect(state.resynchronised(by: codes[4], codes[5], as: parameters) == nil)
        #expect(state.resynchronised(by: codes[5], codes[6], as: parameters)?.next == 7)
    }

    @Test func `the last counter of all is spent like the others, and nothing follows`() throws {
        let last = CountedCode(key: fresh.key, counter: .max)
        let code = try #require(CodeSearch.code(of: last, as: parameters))
        let after = try #require(last.accepting(code, as: parameters))
        #expect(after.next == nil)
        #expect(after.accepting(codes[0], as: parameters) == nil)
        #expect(last.resynchronised(by: codes[0], codes[1], as: parameters) == nil)
        #expect(try JSONDecoder().decode(CountedCode.self, from: JSONEncoder().encode(after)) == after)
    }
}

/// The code that a state expects next, computed by swift-crypto and RFC 4226, 5.3 anew.
enum CodeSearch {
    static func code(of state: CountedCode, as parameters: CountedCodeParameters) -> String? {
        guard let next = state.next else { return nil }
        let bytes = (0..<8).reversed().map { UInt8(truncatingIfNeeded: next >> (8 * UInt64($0))) }
        let mac = Array(HMAC<Insecure.SHA1>.authenticationCode(for: bytes, using: state.key.key))
        let offset = Int(mac[19] & 0x0F)
        let number = mac[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
        return String(format: "%06d", number % 1_000_000)
    }
}
