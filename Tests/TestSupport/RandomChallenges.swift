public import DeviceProtocol
import Foundation

/// Draws challenges of every kind, for properties that hold for all of them.
public struct RandomChallenges: Sendable {
    private var generator: SeededGenerator

    /// Equal seeds give equal challenges.
    public init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    /// The longest DER with which a challenge, sealed, fits into a QR code of version 15-M.
    public static let sealableByteCount = 328

    /// A challenge of any kind that can be sealed; one in four that is no login has a role in a rule.
    public mutating func next() throws -> Challenge {
        for _ in 0..<64 {
            let challenge = try nextOfAnySize()
            if challenge.der.count <= Self.sealableByteCount { return challenge }
        }
        return try challenge(.login(Login(place: "", browser: "")))
    }

    /// A challenge of any kind.
    public mutating func nextOfAnySize() throws -> Challenge {
        let content: Challenge.Content =
            switch Int.random(in: 0..<5, using: &generator) {
            case 0: .login(try Login(place: text(upTo: Login.limit, from: 0), browser: text(upTo: Login.limit, from: 0)))
            case 1: .beneficiary(try Beneficiary(iban: iban(), name: text(upTo: Payment.payeeLimit)))
            case 2: .activation(try Activation(product: text(upTo: Activation.limit), device: text(upTo: Activation.limit)))
            case 3: .batch(try batch())
            default: .payment(try payment())
            }
        return try challenge(content)
    }

    /// A challenge with a batch, of which at most four payments are listed.
    public mutating func nextBatch() throws -> Challenge { try challenge(.batch(try batch())) }

    /// A challenge with a payment.
    public mutating func nextPayment() throws -> Challenge { try challenge(.payment(try payment())) }

    /// What somebody signs as.
    public mutating func nextRole() throws -> SignerRole {
        let count = Int.random(in: 2...SignerRole.signatureLimit, using: &generator)
        return try SignerRole(
            rule: text(upTo: SignerRole.limit), role: text(upTo: SignerRole.limit), number: .random(in: 1...count, using: &generator),
            of: count)
    }

    private mutating func challenge(_ content: Challenge.Content) throws -> Challenge {
        try Challenge(
            id: ChallengeID(using: &generator), origin: text(upTo: Challenge.originLimit),
            issuedAt: Date(timeIntervalSince1970: TimeInterval(Int.random(in: 0...253_402_300_799, using: &generator))),
            timeToLive: .random(in: 1...86_400, using: &generator), content: content,
            role: content.isLogin || Int.random(in: 0..<4, using: &generator) > 0 ? nil : nextRole())
    }

    private mutating func batch() throws -> Batch {
        let currency = try Currency(["EUR", "JPY", "KWD"].randomElement(using: &generator) ?? "EUR")
        let count = Int.random(in: 1...7, using: &generator)
        let transfers = try (0..<count).map { _ in
            try Batch.Transfer(
                iban: iban(), payee: text(upTo: Payment.payeeLimit),
                amount: Amount(minorUnits: .random(in: 1...9_999_999_999, using: &generator), currency: currency))
        }
        return try Batch(transfers, payeesAreTrusted: count > Batch.listedLimit)
    }

    private mutating func payment() throws -> Payment {
        let digits = Int.random(in: 1...15, using: &generator)
        let units = Int64.random(in: 1...(0..<digits).reduce(1) { number, _ in number * 10 } - 1, using: &generator)
        let currency = try Currency(["EUR", "USD", "JPY", "KWD", "CLF"].randomElement(using: &generator) ?? "EUR")
        return try Payment(
            iban: iban(), amount: Amount(minorUnits: units, currency: currency), payee: text(upTo: Payment.payeeLimit),
            reference: text(upTo: Payment.referenceLimit, from: 0))
    }

    /// A number of Luxembourg with the check digits that ISO 7064 wants.
    private mutating func iban() throws -> IBAN {
        let account = (0..<16).map { _ in String(Int.random(in: 0...9, using: &generator)) }.joined()
        // L is 21 and U is 30.
        let remainder = (account + "213000").utf8.reduce(0) { ($0 * 10 + Int($1) - 0x30) % 97 }
        let check = 98 - remainder
        return try IBAN("LU" + (check < 10 ? "0" : "") + String(check) + account)
    }

    /// Text of characters with one to four bytes that begins with a letter, unless it is empty.
    private mutating func text(upTo limit: Int, from least: Int = 1) throws -> String {
        let length = Int.random(in: least...limit, using: &generator)
        var text = ""
        while text.utf8.count < length {
            let alphabet = text.isEmpty ? "abcxyzABCXYZ" : "abcdefgXYZ 0189.-/&'éüßŁřΩжш東京€𝄞"
            guard let character = alphabet.randomElement(using: &generator) else { break }
            guard text.utf8.count + character.utf8.count <= length else { break }
            text.append(character)
        }
        return text.isEmpty && least > 0 ? "a" : text
    }
}
