import DeviceProtocol
import Foundation
import Pictures
import TestSupport
import Testing

/// Tesseract, a reader of printed text, reads back what a secret image shows.
@Suite struct TesseractTests {
    private static let renderer = Result { () throws(PictureError) in try SecretImageRenderer() }

    private func read(_ picture: String, iban: String, amount: String, payee: String, id: UInt8) async throws -> String {
        let payment = try Payment(
            iban: IBAN(iban), amount: Amount(decimal: amount, currency: Currency("EUR")), payee: payee, reference: "Invoice 2026")
        let challenge = try Challenge(
            id: ChallengeID([UInt8](repeating: id, count: 16)), origin: "bank.example",
            issuedAt: Date(timeIntervalSince1970: 1_800_000_000),
            content: .payment(payment))
        let file = try Self.renderer.get().png(of: SecretPicture.named(picture), for: challenge)
        return try await Program.withFile(file, suffix: ".png") { path in
            try await Program.lines("tesseract", [path, "-", "--psm", "11", "--dpi", "150", "-l", "eng"]).joined(separator: "\n")
        }
    }

    @Test(
        arguments: [
            ("lighthouse", "LU280019400644750000", "1234.50", "Anna Muster"), ("spider", "DE89370400440532013000", "0.01", "Stadtwerke"),
            ("watermelon", "FR1420041010050500013M02606", "987654.32", "Boulangerie Martin"),
        ])
    func `tesseract reads account, amount and payee`(picture: String, iban: String, amount: String, payee: String) async throws {
        let text = try await read(picture, iban: iban, amount: amount, payee: payee, id: 5)
        let compact = text.filter { !$0.isWhitespace }
        for expected in [iban, amount + "EUR", payee, "bank.example", "Payment", "Invoice2026"] {
            #expect(compact.contains(expected.filter { !$0.isWhitespace }), "\(expected) is not in \(text)")
        }
    }

    @Test func `tesseract reads all lines of a long name`() async throws {
        let name = "International Trading Company of Northern and Western Luxembourg Holdings and Daughters and Sons Limited"
        let text = try await read("umbrella", iban: "LU280019400644750000", amount: "15000.00", payee: name, id: 9)
        let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
        for word in name.split(separator: " ") { #expect(words.contains(String(word)), "\(word) is not in \(text)") }
    }

    @Test func `tesseract reads nothing of another operation`() async throws {
        let text = try await read("lighthouse", iban: "LU280019400644750000", amount: "1234.50", payee: "Anna Muster", id: 5)
        #expect(!text.contains("1234.51") && !text.contains("Stadtwerke"))
    }
}
