import DeviceProtocol
import Foundation
import Testing
import Verification

/// The article about testing a bank shows what is compiled and run here, and nothing else.
@Suite struct ArticleTests {
    private static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private func text(_ path: String) throws -> String {
        try String(contentsOf: Self.package.appending(path: path), encoding: .utf8)
    }

    @Test func `the article's listing is the test that runs`() throws {
        let article = try text("Sources/Emulation/Emulation.docc/TestYourBank.md")
        let listings = article.components(separatedBy: "```swift\n").dropFirst().compactMap { $0.components(separatedBy: "```").first }
        #expect(listings.first == (try text("Tests/ContractTests/TwentyLinesTests.swift")))
    }

    @Test func `twenty lines are twenty lines`() throws {
        let lines = try text("Tests/ContractTests/TwentyLinesTests.swift").split(separator: "\n").map(String.init)
        let begin = try #require(lines.firstIndex { $0.contains("@Test func") })
        #expect(lines[begin...].prefix { $0 != "    }" }.count + 1 == 20)
    }
}

/// What a test throws when the bank did not take an answer.
struct Refused: Error, CustomStringConvertible {
    let description: String

    init(_ device: any Device, _ outcome: Outcome) { description = "\(device.descriptor.name): \(outcome)" }
}

extension Challenge.Content {
    /// A payment as any other.
    static var examplePayment: Challenge.Content {
        get throws {
            .payment(
                try Payment(
                    iban: IBAN("LU28 0019 4006 4475 0000"), amount: Amount(decimal: "12.50", currency: Currency("EUR")),
                    payee: "Boulangerie du Coin", reference: "Invoice 7"))
        }
    }
}
