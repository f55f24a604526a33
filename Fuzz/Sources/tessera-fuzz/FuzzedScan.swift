import DeviceProtocol
import Foundation
import ScanChallenge

/// What a camera reads, and what a seal can hold: nothing of it is to be believed.
enum FuzzedScan {
    /// What is read as a text is written as the same text, and every byte string comes back.
    static func text(_ bytes: [UInt8]) {
        precondition((try? Base45.decode(Base45.encode(bytes))) == bytes, "bytes changed on their way")
        let text = String(decoding: bytes, as: UTF8.self)
        if let decoded = try? Base45.decode(text) { precondition(Base45.encode(decoded) == text, "a text with two spellings") }
        for text in [text, ScanEnvelope.prefix + text] {
            guard let envelope = try? ScanEnvelope(parsing: text) else { continue }
            precondition(envelope.text == text && text.utf8.count <= ScanEnvelope.characterLimit, "an envelope that is none")
        }
    }

    /// What is read as a payload or a challenge is written as the same bytes, and can be shown.
    static func payload(_ bytes: [UInt8]) {
        if let challenge = try? Challenge(der: bytes) { check(challenge, bytes) }
        guard let payload = try? ScanPayload(der: bytes) else { return }
        precondition(payload.der == bytes, "a payload with two spellings")
        check(payload.challenge, payload.challenge.der)
    }

    private static func check(_ challenge: Challenge, _ bytes: [UInt8]) {
        precondition(challenge.der == bytes, "a challenge with two spellings")
        precondition(!challenge.origin.value.isEmpty && challenge.expiresAt > challenge.issuedAt, "a challenge that is none")
        let lines = challenge.summary.lines
        precondition(lines.allSatisfy { !$0.label.isEmpty && !$0.text.unicodeScalars.contains { $0.value < 0x20 } }, "a field that hides")
        guard case .batch(let batch) = challenge.content, case .listed(let transfers) = batch.transfers else { return }
        precondition(transfers.count == batch.count && batch.count <= Batch.listedLimit, "a batch that does not show its payments")
        precondition(transfers.reduce(0) { $0 + $1.amount.minorUnits } == batch.total.minorUnits, "a total that is not the sum")
    }

    /// A payload of each kind.
    static func seeds() throws -> [[UInt8]] {
        let iban = try IBAN("LU280019400644750000")
        let amount = try Amount(minorUnits: 1250, currency: Currency("EUR"))
        let transfer = try Batch.Transfer(iban: iban, payee: "Ada", amount: amount)
        let contents: [Challenge.Content] = [
            .login(try Login(place: "Luxembourg", browser: "Firefox")), .beneficiary(try Beneficiary(iban: iban, name: "Zoë")),
            .payment(try Payment(iban: iban, amount: amount, payee: "Ada", reference: "1843")),
            .activation(try Activation(product: "Mobile", device: "M-1")), .batch(try Batch([transfer, transfer])),
            .batch(try Batch([Batch.Transfer](repeating: transfer, count: 5), payeesAreTrusted: true)),
        ]
        return try contents.map { content in
            let role = content.isLogin ? nil : try SignerRole(rule: "R", role: "Director", number: 1, of: 2)
            let challenge = try Challenge(
                id: ChallengeID(Array(0..<16)), origin: "b", issuedAt: Date(timeIntervalSince1970: 1_700_000_000), content: content,
                role: role)
            return try ScanPayload(sequence: ScanSequence(epoch: 1, counter: 1), challenge: challenge).der
        }
    }
}
