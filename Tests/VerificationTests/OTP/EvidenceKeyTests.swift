import Crypto
import DeviceProtocol
import Foundation
import ScanChallenge
import Testing

@testable import Verification

/// What evidence keeps of a code.
struct EvidenceKeyTests {
    private let key = EvidenceKey(SymmetricKey(data: Array("12345678901234567890".utf8)))

    // openssl dgst -sha256 -hmac 12345678901234567890, over the three parts behind their lengths.
    @Test func `the mark is the one that another program computes`() throws {
        let mark = key.mark(of: "755224", for: try ChallengeID(Array(0..<16)))
        #expect(mark == "25368494ce31490b88d95216e42176853ff478223f2e7b5b2256360bc66a8030")
    }

    @Test func `the mark differs by code, by challenge and by key`() throws {
        let keys = [key, EvidenceKey(SymmetricKey(data: Array("12345678901234567891".utf8))), EvidenceKey(), EvidenceKey()]
        let ids = [try ChallengeID(Array(0..<16)), try ChallengeID(Array(1..<17))]
        let codes = ["755224", "755225", "0755224", ""]
        let marks = Set(keys.flatMap { key in ids.flatMap { id in codes.map { key.mark(of: $0, for: id) } } })
        #expect(marks.count == 32)
        #expect(marks.allSatisfy { $0.count == 64 })
    }

    /// A device that answers with codes: what it holds, and what the bank holds of it.
    struct Example {
        let device: DeviceID
        let deviceKey: SymmetricKey
        let code: (Verification.Operation) async throws -> String
    }

    private func example(_ product: ProductProfile.ID, _ bank: TestBank) async throws -> Example {
        guard product != .token else {
            let token = try await bank.enrolToken()
            return Example(device: token.id, deviceKey: SymmetricKey(data: token.seed)) { _ in try token.code(at: bank.clock.now) }
        }
        let scan: TestScan
        if product == .mobile {
            let phone = try PhoneTests.Phone("M-1", .ed25519, issuer: bank.issuer.identity)
            try await bank.enrolments.enrol(
                phone.scan.id, as: .mobile, for: bank.alice, with: phone.registration, id: bank.enrolmentID(), isEmulated: true)
            scan = phone.scan
        } else {
            scan = try await bank.enrolScan()
        }
        return Example(device: scan.id, deviceKey: scan.keys.ocra) { operation in
            _ = try await bank.operations.presentation(of: operation.id)
            return try scan.code(for: operation.challenge)
        }
    }

    @Test(arguments: [ProductProfile.ID.token, .scan, .mobile])
    func `evidence cannot be computed from the device's key and the code, and who has the evidence key can compare`(
        _ product: ProductProfile.ID
    ) async throws {
        let bank = try TestBank()
        let example = try await example(product, bank)
        let operation = try await bank.begin(.login(), with: example.device)
        let typed = try await example.code(operation)
        guard case .succeeded(let evidence) = try await bank.operations.submit(.code(typed), to: operation.id) else {
            Issue.record("refused")
            return
        }
        let key: EvidenceKey? =
            switch try await bank.enrolment(of: example.device).credential {
            case .timedCode(let timed): timed.evidenceKey
            case .countedCode(let counted): counted.evidenceKey
            case .scanCode(let scan): scan.evidenceKey
            case .phone(let phone): phone.evidenceKey
            case .certificates: nil
            }
        #expect(evidence.answer == key?.mark(of: typed, for: operation.id))
        #expect(evidence.answer != EvidenceKey(example.deviceKey).mark(of: typed, for: operation.id))
        #expect(key != EvidenceKey(example.deviceKey))
        #expect(!evidence.answer.contains(typed))
        let guesses = [Array(typed.utf8), operation.id.bytes + Array(typed.utf8)].map { SHA256.hash(data: $0).lowercaseHexadecimal }
        #expect(!guesses.contains(evidence.answer))
    }

    @Test func `two enrolments of one device have two evidence keys, and codes that are spent stay spent`() async throws {
        let bank = try TestBank()
        let token = try await bank.enrolToken()
        let operation = try await bank.begin(.login(), with: token.id)
        let code = try token.code(at: bank.clock.now)
        #expect(try await bank.operations.submit(.code(code), to: operation.id).name == "succeeded")
        let first = try await bank.timedCode(of: token)
        try await bank.enrolments.revoke(token.id)
        _ = try await bank.enrolToken(token.id.rawValue, seed: token.seed)
        let second = try await bank.timedCode(of: token)
        #expect(second.key == first.key && second.lastStep == first.lastStep && second.evidenceKey != first.evidenceKey)
    }

    @Test func `a device that counts goes on behind what is spent, whatever its new enrolment says`() throws {
        let key = KeyMaterial(SymmetricKey(data: Array("12345678901234567890".utf8)))
        let parameters = CountedCodeParameters(digits: 6)
        let used = try #require(CountedCode(key: key).accepting("287082", as: parameters))
        #expect(CountedCode(key: key).following(used).next == 2)
        #expect(CountedCode(key: key, counter: 7).following(used).next == 7)
        #expect(CountedCode(key: key).following(used).accepting("287082", as: parameters) == nil)
        #expect(CountedCode(key: key).following(used).evidenceKey != used.evidenceKey)
    }

    @Test func `a credential that was written before there were evidence keys gets one, and keeps it once it is written`() throws {
        for text in [
            #"{"timedCode": {"_0": {"key": "MTIzNA=="}}}"#, #"{"scanCode": {"_0": "MTIzNA=="}}"#,
            #"{"countedCode": {"_0": {"key": "MTIzNA==", "next": 3, "isSynchronised": true}}}"#,
        ] {
            let read = try JSONDecoder().decode(Credential.self, from: Data(text.utf8))
            let again = try JSONDecoder().decode(Credential.self, from: JSONEncoder().encode(read))
            #expect(again == read, "\(text)")
            #expect(try read != JSONDecoder().decode(Credential.self, from: Data(text.utf8)), "drawn for each")
        }
    }
}
