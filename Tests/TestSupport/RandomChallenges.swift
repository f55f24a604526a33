public import DeviceProtocol
import Foundation

/// Draws challenges of every kind, for properties that hold for all of them.
public struct RandomChallenges: Sendable {
    private var generator: SeededGenerator

    /// Equal seeds give equal challenges.
    public init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    /// A login, a new beneficiary or a payment.
    public mutating func next() throws -> Challenge {
        let content: Challenge.Content =
            switch Int.random(in: 0..<3, using: &generator) {
            case 0: .login(try Login(place: text(upTo: Login.limit, from: 0), browser: text(upTo: Login.limit, from: 0)))
            case 1: .beneficiary(try Beneficiary(iban: iban(), name: text(upTo: Payment.payeeLimit)))
            default: .payment(try payment())
            }
        return try challenge(content)
    }

    /// A challenge with a payment.
    public mutating func nextPayment() throws -> Challenge { try challenge(.payment(try payment())) }

    private mutating func challenge(_ content: Challenge.Content) throws -> Challenge {
        try Challenge(
            id: ChallengeID(using: &generator), origin: text(upTo: Challenge.originLimit),
            issuedAt: Date(timeIntervalSince1970: TimeInterval(Int.random(in: 0...253_402_300_799, using: &generator))),
            timeToLive: .random(in: 1...86_400, using: &generator), content: content)
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
