import ArgumentParser
import DeviceProtocol
import Emulation
import Foundation

/// What a card is doing when something goes wrong with it.
enum FaultFlow: String, CaseIterable, Encodable, ExpressibleByArgument {
    /// It is opened, and logs its holder in: with the authentication key.
    case login
    /// It is opened, and agrees to a payment: with the signature key.
    case signature
    /// The same, and the first PIN is a wrong one.
    case typo

    static let pin = "123456"
    static let wrongPIN = "000000"

    /// What the person types, one after another.
    var pins: [String] { self == .typo ? [Self.wrongPIN, Self.pin] : [Self.pin] }

    /// What the bank asks for, always the same.
    func challenge() throws -> Challenge {
        try Challenge(
            id: ChallengeID(Array(0..<16)), origin: "bank.example", issuedAt: Date(timeIntervalSince1970: 1_800_000_000), content: content()
        )
    }

    private func content() throws -> Challenge.Content {
        if self == .login { return .login(try Login(place: "Luxembourg", browser: "a test")) }
        return .payment(
            try Payment(
                iban: IBAN("LU28 0019 4006 4475 0000"), amount: Amount(decimal: "12.50", currency: Currency("EUR")), payee: "Boulangerie"))
    }
}
