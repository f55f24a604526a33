import Crypto
import DeviceProtocol
import Foundation
import SQLiteStore
import ScanChallenge
import Testing
import Verification

struct ScanOperationTests {
    @Test(arguments: [ProductProfile.ID.scan, .mobile])
    func `what is sealed to the device and answered by it is accepted, and bound to the content`(_ product: ProductProfile.ID) async throws
    {
        let bank = try TestBank()
        let scan = try await bank.enrolScan(as: product)
        for content in [try Challenge.Content.login(), try .payment(), try .beneficiary()] {
            let operation = try await bank.begin(content, with: scan.id)
            let presentation = try await bank.operations.presentation(of: operation.id)
            #expect(try scan.open(presentation).challenge == operation.challenge)
            let outcome = try await bank.operations.submit(scan.respond(to: presentation), to: operation.id)
            guard case .succeeded(let evidence) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(evidence.binding == .content)
            #expect(evidence.kind.rawValue == product.rawValue)
        }
    }

    @Test func `the payer is shown amount and payee whole, and the evidence says so, Article 5`() async throws {
        let bank = try TestBank()
        let (scan, card) = (try await bank.enrolScan(), try await bank.enrolCard())
        let payee = "Société Électrique " + String(repeating: "Ω", count: 40)
        for device in [scan.id, card.id] {
            let operation = try await bank.begin(.payment(cents: 123_456_789, payee: payee), with: device)
            let presentation = try await bank.operations.presentation(of: operation.id)
            let response: Response
            let shown: Challenge
            if case .plain(let challenge) = presentation {
                (shown, response) = (challenge, try card.respond(to: challenge))
            } else {
                (shown, response) = (try scan.open(presentation).challenge, try scan.respond(to: presentation))
            }
            let texts = shown.summary.lines.map(\.text)
            #expect(texts.contains("1234567.89 EUR") && texts.contains(payee) && texts.contains("LU28 0019 4006 4475 0000"), "\(texts)")
            guard case .succeeded(let evidence) = try await bank.operations.submit(response, to: operation.id) else {
                Issue.record("refused")
                return
            }
            #expect(evidence.shown == shown.summary && evidence.binding == .content)
        }
    }

    @Test func `asked again, the presentation is the same text, and spends no place in the order`() async throws {
        let bank = try TestBank()
        let scan = try await bank.enrolScan()
        let operation = try await bank.begin(.payment(), with: scan.id)
        guard case .sealed(let first) = try await bank.operations.presentation(of: operation.id),
            case .sealed(let second) = try await bank.operations.presentation(of: operation.id)
        else {
            Issue.record("not sealed")
            return
        }
        #expect(first == second)
        #expect(first.hasPrefix("SC1:"))
        let next = try await bank.enrolment(of: scan.id).sealing?.next
        #expect(next == ScanSequence(epoch: 1, counter: 2))
    }

    @Test func `16 who ask for the presentation at once get the same text`() async throws {
        let bank = try TestBank()
        let scan = try await bank.enrolScan()
        let operation = try await bank.begin(.payment(), with: scan.id)
        let texts = try await withThrowingTaskGroup(of: String?.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    guard case .sealed(let text) = try await bank.operations.presentation(of: operation.id) else { return nil }
                    return text
                }
            }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(texts.count == 1)
        #expect(texts.first != .some(nil))
    }

    @Test func `every challenge has a later place in the order of its device`() async throws {
        let bank = try TestBank()
        let scan = try await bank.enrolScan()
        var places: [ScanSequence] = []
        for cents in 1...5 as ClosedRange<Int64> {
            let operation = try await bank.begin(.payment(cents: cents), with: scan.id)
            places.append(try scan.open(try await bank.operations.presentation(of: operation.id)).sequence)
        }
        #expect(places == (1...5).map { ScanSequence(epoch: 1, counter: $0) })
    }

    @Test func `the code of another challenge is refused`() async throws {
        let bank = try TestBank()
        let scan = try await bank.enrolScan()
        let small = try await bank.begin(.payment(cents: 1), with: scan.id)
        let large = try await bank.begin(.payment(cents: 2), with: scan.id)
        let code = try scan.respond(to: try await bank.operations.presentation(of: small.id))
        _ = try await bank.operations.presentation(of: large.id)
        #expect(try await bank.operations.submit(code, to: large.id) == .refused)
        #expect(try await bank.operations.submit(code, to: small.id).name == "succeeded")
    }

    @Test func `a code for equal content in another operation is refused`() async throws {
        let bank = try TestBank()
        let scan = try await bank.enrolScan()
        let first = try await bank.begin(.payment(), with: scan.id)
        let second = try await bank.begin(.payment(), with: scan.id)
        _ = try await bank.operations.presentation(of: second.id)
        let code = try scan.respond(to: try await bank.operations.presentation(of: first.id))
        #expect(try await bank.operations.submit(code, to: second.id) == .refused)
    }

    @Test func `a phone's code is none of a Scan, even with the same key`() async throws {
        let bank = try TestBank()
        let scan = try await bank.enrolScan()
        let operation = try await bank.begin(.payment(), with: scan.id)
        _ = try await bank.operations.presentation(of: operation.id)
        let tagged = try ScanCode.compute(ocraKey: scan.keys.ocra, challenge: operation.challenge, device: scan.id, kind: .mobile)
        #expect(try await bank.operations.submit(.code(tagged), to: operation.id) == .refused)
    }

    @Test func `the code of another device is refused`() async throws {
        let bank = try TestBank()
        let mine = try await bank.enrolScan("M-1", as: .mobile)
        let other = try await bank.enrolScan("M-2", as: .mobile)
        let operation = try await bank.begin(.payment(), with: mine.id)
        let presentation = try await bank.operations.presentation(of: operation.id)
        #expect(throws: ScanError.notAuthentic) { try other.open(presentation) }
        #expect(try await bank.operations.submit(.code(other.code(for: operation.challenge)), to: operation.id) == .refused)
    }

    @Test func `a code for what was never shown is refused`() async throws {
        let bank = try TestBank()
        let scan = try await bank.enrolScan()
        let operation = try await bank.begin(.payment(), with: scan.id)
        #expect(try await bank.operations.submit(.code(scan.code(for: operation.challenge)), to: operation.id) == .refused)
    }

    @Test(arguments: ["", "1", "1234567", "123456789", "abcdefgh", " 1234567"])
    func `what is not a code of eight digits is refused`(_ text: String) async throws {
        let bank = try TestBank()
        let scan = try await bank.enrolScan()
        let operation = try await bank.begin(.payment(), with: scan.id)
        _ = try await bank.operations.presentation(of: operation.id)
        #expect(try await bank.operations.submit(.code(text), to: operation.id) == .refused)
    }

    @Test func `a code is accepted until the challenge expires, and not at that moment`() async throws {
        let bank = try TestBank()
        let scan = try await bank.enrolScan()
        for (wait, name) in [(59.0, "succeeded"), (60, "expired"), (61, "expired")] {
            let operation = try await bank.begin(.payment(), with: scan.id, timeToLive: 60)
            let code = try scan.respond(to: try await bank.operations.presentation(of: operation.id))
            bank.clock.advance(by: wait)
            #expect(try await bank.operations.submit(code, to: operation.id).name == name)
        }
        #expect(try await bank.enrolment(of: scan.id).failures == 0)
    }

    @Test func `the code itself is stored nowhere`() async throws {
        let folder = try TemporaryFolder()
        let bank = try TestBank(store: SQLiteStore(at: folder.path("store.sqlite"), mark: .test))
        let scan = try await bank.enrolScan()
        let operation = try await bank.begin(.payment(), with: scan.id)
        let presentation = try await bank.operations.presentation(of: operation.id)
        let code = try scan.code(for: operation.challenge)
        #expect(try await bank.operations.submit(scan.respond(to: presentation), to: operation.id).name == "succeeded")
        #expect(!"\(try await bank.operations.operation(operation.id))".contains(code))
        #expect(!"\(try await bank.enrolment(of: scan.id))".contains(code))
        // Nothing is sealed there: the customer's name is found.
        #expect(try !folder.files(with: "alice").isEmpty)
        #expect(try folder.files(with: code).isEmpty)
    }

    @Test func `the sealer's part holds no key that answers`() async throws {
        let bank = try TestBank()
        let scan = try await bank.enrolScan()
        let sealing = try JSONEncoder().encode(try await bank.enrolment(of: scan.id).sealing)
        let answering = Data(scan.keys.ocra.withUnsafeBytes { Array($0) }).base64EncodedString()
        let text = String(decoding: sealing, as: UTF8.self).replacingOccurrences(of: "\\/", with: "/")
        #expect(!text.contains(answering))
        #expect(text.contains(Data(scan.keys.sealing.presharedKey.withUnsafeBytes { Array($0) }).base64EncodedString()))
    }

    @Test func `without an issuer nothing is sealed, and no place is spent`() async throws {
        let bank = try TestBank()
        let scan = try await bank.enrolScan()
        let mute = try Operations(store: bank.store, origin: "bank.example", policy: bank.policy, now: { bank.clock.now })
        let operation = try await mute.begin(.payment(), for: bank.alice, with: scan.id, idempotencyKey: "one")
        await #expect(throws: VerificationError.noIssuer) { try await mute.presentation(of: operation.id) }
        #expect(try await bank.enrolment(of: scan.id).sealing?.next == ScanSequence(epoch: 1, counter: 1))
    }

    @Test func `what another issuer sealed is not authentic to the device`() async throws {
        let bank = try TestBank()
        let scan = try await bank.enrolScan()
        let other = try ScanIssuer(id: "bank.example", privateKey: Curve25519.KeyAgreement.PrivateKey())
        let impostor = try Operations(
            store: bank.store, origin: "bank.example", issuer: other, policy: bank.policy, now: { bank.clock.now })
        let operation = try await impostor.begin(.payment(), for: bank.alice, with: scan.id, idempotencyKey: "one")
        let presentation = try await impostor.presentation(of: operation.id)
        #expect(throws: ScanError.notAuthentic) { try scan.open(presentation) }
    }

    @Test func `an operation that is over is not presented any more`() async throws {
        let bank = try TestBank()
        let scan = try await bank.enrolScan()
        let operation = try await bank.begin(.payment(), with: scan.id)
        try await bank.operations.cancel(operation.id)
        await #expect(throws: VerificationError.ended(operation.id, "cancelled")) {
            try await bank.operations.presentation(of: operation.id)
        }
    }
}
