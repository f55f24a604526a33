import Crypto
import DeviceProtocol
import Foundation
import ScanChallenge
import Testing

@testable import Verification

/// What evidence keeps of a code.
struct CodeMarkTests {
    private let key = KeyMaterial(SymmetricKey(data: Array("12345678901234567890".utf8)))

    // openssl dgst -sha256 -hmac 12345678901234567890, over the three parts behind their lengths.
    @Test func `the mark is the one that another program computes`() throws {
        let mark = key.mark(of: "755224", for: try ChallengeID(Array(0..<16)))
        #expect(mark == "25368494ce31490b88d95216e42176853ff478223f2e7b5b2256360bc66a8030")
    }

    @Test func `the mark differs by code, by challenge and by key`() throws {
        let keys = [key, KeyMaterial(SymmetricKey(data: Array("12345678901234567891".utf8)))]
        let ids = [try ChallengeID(Array(0..<16)), try ChallengeID(Array(1..<17))]
        let codes = ["755224", "755225", "0755224", ""]
        let marks = Set(keys.flatMap { key in ids.flatMap { id in codes.map { key.mark(of: $0, for: id) } } })
        #expect(marks.count == 16)
        #expect(marks.allSatisfy { $0.count == 64 })
    }

    @Test(arguments: [ProductProfile.ID.token, .scan])
    func `nobody finds the code in the evidence by trying, and who has the key can compare`(_ product: ProductProfile.ID) async throws {
        let bank = try TestBank()
        let (device, key, code): (DeviceID, KeyMaterial, (Verification.Operation) async throws -> String)
        switch product {
        case .token:
            let token = try await bank.enrolToken()
            (device, key) = (token.id, KeyMaterial(SymmetricKey(data: token.seed)))
            code = { _ in try token.code(at: bank.clock.now) }
        default:
            let scan = try await bank.enrolScan()
            (device, key) = (scan.id, KeyMaterial(scan.keys.ocra))
            code = { operation in
                _ = try await bank.operations.presentation(of: operation.id)
                return try scan.code(for: operation.challenge)
            }
        }
        let operation = try await bank.begin(.login(), with: device)
        let typed = try await code(operation)
        guard case .succeeded(let evidence) = try await bank.operations.submit(.code(typed), to: operation.id) else {
            Issue.record("refused")
            return
        }
        #expect(evidence.answer == key.mark(of: typed, for: operation.id))
        #expect(!evidence.answer.contains(typed))
        let guesses = [Array(typed.utf8), operation.id.bytes + Array(typed.utf8)].map { SHA256.hash(data: $0).lowercaseHexadecimal }
        #expect(!guesses.contains(evidence.answer))
    }
}
