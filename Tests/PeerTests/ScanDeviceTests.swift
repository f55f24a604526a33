import Crypto
import DeviceProtocol
import Foundation
import ScanChallenge
import TestSupport
import Testing

/// A Scan in Python, written from `Docs/ScanChallenge.md` alone, with pyhpke: it opens what we seal and gives the codes that we expect.
@Suite struct ScanDeviceTests {
    private static let package = Fixture.folder.deletingLastPathComponent()

    struct Answer: Decodable, Hashable {
        let title: String?
        let lines: [[String]]?
        let payload: String?
        let code: String?
        let refused: String?
    }

    private struct Request: Encodable {
        let keys: [String: String]
        let texts: [String]
    }

    /// Scans `texts` in their order with a device that has the keys of the document's examples.
    private func scan(_ texts: [String], keys: [String: String]) async throws -> [Answer] {
        let input = String(decoding: try JSONEncoder().encode(Request(keys: keys, texts: texts)), as: UTF8.self)
        let lines = try await Python.lines("scan_device.py", [Python.document("ScanChallenge.md")], input: input)
        return try lines.map { try JSONDecoder().decode(Answer.self, from: Data($0.utf8)) }
    }

    // MARK: The examples of the document

    private struct Examples: Decodable {
        let examples: [[String: String]]
    }

    private let keys: [String: String]
    private let examples: [[String: String]]

    init() throws {
        let all: Examples = try Fixture.json("scan/worked-examples.json")
        keys = try #require(all.examples.first)
        examples = Array(all.examples.dropFirst())
    }

    @Test func `it opens the document's login, payment and batch, shows their fields and gives their codes`() async throws {
        let answers = try await scan(examples.compactMap { $0["text"] }, keys: keys)
        #expect(answers.map(\.title) == ["Login", "Payment", "Batch"])
        for (example, answer) in zip(examples, answers) {
            #expect(answer.code == example["code"])
            #expect(answer.payload == example["payload"])
            for line in try #require(answer.lines) { #expect(line.count == 2 && example[line[0]] == line[1], "\(line)") }
        }
        #expect(answers.compactMap { $0.lines?.count } == [3, 5, 12])
    }

    @Test func `the program has less than 150 lines`() throws {
        let file = Self.package.appending(path: "Tests/PeerTests/scan_device.py")
        #expect(try String(contentsOf: file, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false).count <= 150)
    }

    // MARK: What is sealed here and now

    /// An issuer and a device with fresh keys, and their names in the document.
    private struct Bench {
        let issuer: ScanIssuer
        let record: ScanFactoryRecord
        let enrolment: ScanKeys
        let keys: [String: String]

        init() throws {
            let device = Curve25519.KeyAgreement.PrivateKey()
            let (secret, nonce) = (SymmetricKey(size: .bits256), (0..<16).map { _ in UInt8.random(in: .min ... .max) })
            issuer = try ScanIssuer(id: "bank of \(nonce[0])", privateKey: .init())
            record = try ScanFactoryRecord(serial: DeviceID("SC-\(nonce[1])"), publicKey: device.publicKey, factorySecret: secret)
            enrolment = try ScanKeys(record: record, nonce: nonce, enrolment: "E-\(nonce[2])")
            func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
                bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            }
            keys = [
                "issuer id": issuer.identity.id, "issuer public key": hexadecimal(issuer.identity.publicKey.rawRepresentation),
                "serial": record.serial.rawValue, "device private key": hexadecimal(device.rawRepresentation),
                "Kf": hexadecimal(secret.withUnsafeBytes { Array($0) }), "nonce": hexadecimal(nonce), "enrolment id": "E-\(nonce[2])",
            ]
        }

        func seal(_ challenge: Challenge, _ counter: Int) throws -> String {
            let payload = try ScanPayload(sequence: ScanSequence(epoch: 1, counter: UInt32(counter)), challenge: challenge)
            return try ScanSeal.seal(payload, to: record.publicKey, keys: enrolment.sealing, issuer: issuer)
        }

        func code(_ challenge: Challenge) throws -> String {
            try ScanCode.compute(ocraKey: enrolment.ocra, challenge: challenge, device: record.serial)
        }
    }

    @Test func `200 random challenges of every kind are opened, shown and answered alike`() async throws {
        let bench = try Bench()
        var random = RandomChallenges(seed: .random(in: .min ... .max))
        let challenges = try (0..<200).map { try $0.isMultiple(of: 2) ? payment(&random) : random.next() }
        let texts = try challenges.enumerated().map { try bench.seal($1, $0) }
        let answers = try await scan(texts, keys: bench.keys)
        #expect(answers.count == challenges.count)
        for (challenge, answer) in zip(challenges, answers) {
            #expect(answer.refused == nil, "\(challenge.der)")
            #expect(answer.title == challenge.summary.title)
            #expect(answer.lines == challenge.summary.lines.map { [$0.label, $0.text] })
            #expect(try answer.code == bench.code(challenge))
        }
    }

    /// A payment that fits a QR code: with a role the largest do not.
    private func payment(_ random: inout RandomChallenges) throws -> Challenge {
        for _ in 0..<64 {
            let challenge = try random.nextPayment()
            if challenge.der.count <= RandomChallenges.sealableByteCount { return challenge }
        }
        return try random.next()
    }

    @Test func `it refuses what is used, damaged, altered, foreign or forged, and goes on`() async throws {
        let (bench, stranger) = (try Bench(), try Bench())
        var random = RandomChallenges(seed: 61)
        let challenges = try (0..<4).map { _ in try random.next() }
        let (first, third) = (try bench.seal(challenges[0], 1), try bench.seal(challenges[2], 3))
        let second = try bench.seal(challenges[1], 2)
        let altered = third.dropLast(3) + (third.hasSuffix("000") ? "100" : "000")
        let forger = try ScanSeal.seal(
            ScanPayload(sequence: ScanSequence(epoch: 1, counter: 9), challenge: challenges[3]), to: bench.record.publicKey,
            keys: bench.enrolment.sealing, issuer: stranger.issuer)
        let texts = [
            first, third, third, first, second, try stranger.seal(challenges[3], 4), String(altered), forger, "hello", "SC1:", "SC1:_",
            "SC1:00", String(third.prefix(4 + 3 * 40)), third + String(repeating: "0", count: 600), try bench.seal(challenges[3], 4),
        ]
        let answers = try await scan(texts, keys: bench.keys)
        let reasons = answers.map { $0.refused ?? "answered" }
        #expect(
            reasons == [
                "answered", "answered", "answered", "used before", "used before", "for another device", "not from this bank",
                "not from this bank", "not a code of a bank", "damaged", "damaged", "unknown version", "not from this bank", "damaged",
                "answered",
            ])
        #expect(answers[1] == answers[2])
    }
}
