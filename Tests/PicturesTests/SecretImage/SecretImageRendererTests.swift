import DeviceProtocol
import Foundation
import Testing

@testable import Pictures

@Suite struct SecretImageRendererTests {
    private static let iban = "LU280019400644750000"
    private let renderer: SecretImageRenderer
    private let picture: SecretPicture

    init() throws {
        renderer = try SecretImageRenderer()
        picture = try SecretPicture.named("lighthouse")
    }

    private func challenge(_ id: UInt8 = 7, payee: String = "Anna Muster") throws -> Challenge {
        let payment = try Payment(
            iban: IBAN(Self.iban), amount: Amount(decimal: "1234.50", currency: Currency("EUR")), payee: payee, reference: "Invoice 17")
        return try Challenge(
            id: ChallengeID([UInt8](repeating: id, count: 16)), origin: "bank.example",
            issuedAt: Date(timeIntervalSince1970: 1_800_000_000),
            content: .payment(payment))
    }

    /// How many pixels differ, in the parts of the image that both have.
    private func difference(_ one: [UInt8], _ other: [UInt8]) throws -> Double {
        let one = try GDImage(decoding: one, as: .png), other = try GDImage(decoding: other, as: .png)
        let (width, height) = (min(one.width, other.width), min(one.height, other.height))
        var different = 0
        for y in 0..<height {
            for x in 0..<width where one.pixel(x: x, y: y) != other.pixel(x: x, y: y) { different += 1 }
        }
        return Double(different) / Double(width * height)
    }

    @Test func `the same operation gives the same bytes, from any renderer`() throws {
        let file = try renderer.png(of: picture, for: challenge())
        #expect(try renderer.png(of: picture, for: challenge()) == file)
        #expect(try SecretImageRenderer().png(of: picture, for: challenge()) == file)
    }

    @Test func `another operation with the same details gives another image, all over`() throws {
        let one = try renderer.png(of: picture, for: challenge(1)), other = try renderer.png(of: picture, for: challenge(2))
        #expect(try difference(one, other) > 0.5)
    }

    @Test func `operations that differ in one bit of the id differ in their images`() throws {
        let summary = try challenge().summary
        let files = try Set(
            (0..<32).map { bit in
                var id = [UInt8](repeating: 0, count: 16)
                if bit > 0 { id[bit / 8] ^= 1 << (bit % 8) }
                return try renderer.png(of: picture, showing: summary, id: id)
            })
        #expect(files.count == 32)
    }

    @Test func `another picture gives another image of the same size`() throws {
        let one = try renderer.png(of: picture, for: challenge())
        let other = try renderer.png(of: SecretPicture.named("tulip"), for: challenge())
        #expect(try ImageHeader(parsing: one) == ImageHeader(parsing: other))
        #expect(try difference(one, other) > 0.05)
    }

    @Test func `the details go across the whole picture, not only below it`() throws {
        let one = try renderer.png(of: picture, for: challenge()),
            other = try renderer.png(of: picture, for: challenge(payee: "Berta Meier"))
        let images = (try GDImage(decoding: one, as: .png).grey(), try GDImage(decoding: other, as: .png).grey())
        // Bands of 40 rows, from the top to where the panel begins.
        for band in 0..<8 {
            let rows = (band * 40 * images.0.width)..<((band + 1) * 40 * images.0.width)
            let different = rows.filter { images.0.pixels[$0] != images.1.pixels[$0] }
            #expect(different.count > 100, "band \(band)")
        }
    }

    @Test func `one letter of the details changes the image`() throws {
        let one = try renderer.png(of: picture, for: challenge()),
            other = try renderer.png(of: picture, for: challenge(payee: "Anna Muster."))
        #expect(try difference(one, other) > 0)
    }

    @Test func `long names make the image higher, never wider`() throws {
        let short = try ImageHeader(parsing: renderer.png(of: picture, for: challenge()))
        let name = String(repeating: "Société générale ", count: 5).trimmingCharacters(in: .whitespaces)
        let long = try ImageHeader(parsing: renderer.png(of: picture, for: challenge(payee: name)))
        #expect(long.width == SecretImageRenderer.width && short.width == long.width)
        #expect(long.height > short.height)
    }

    @Test func `characters that no font has are an error with all of them, not boxes`() throws {
        #expect(throws: PictureError.missingCharacters(["東", "京"])) { try renderer.png(of: picture, for: challenge(payee: "東京 Ltd")) }
        let summary = Summary(title: "支払", lines: [.init("IBAN", "東")])
        #expect(throws: PictureError.missingCharacters(["支", "払", "東"])) { try renderer.png(of: picture, showing: summary, id: []) }
    }

    @Test func `details that need too high an image are an error, not cut`() throws {
        let lines = (0..<100).map { Summary.Line("Line \($0)", "text") }
        do {
            _ = try renderer.png(of: picture, showing: Summary(title: "Long", lines: lines), id: [])
            Issue.record("an image was drawn")
        } catch {
            guard case .detailsTooLong(let height) = error else { throw error }
            #expect(height > SecretImageRenderer.maximumHeight)
            #expect(error.description.contains("\(height) pixels"))
        }
    }

    @Test func `absurdly long details are refused at once`() {
        let text = String(repeating: "i", count: 5_000_000)
        let summary = Summary(title: "Long", lines: [.init("Reference", text)])
        #expect(throws: PictureError.detailsTooLong(height: 3_750_000)) { try renderer.png(of: picture, showing: summary, id: []) }
    }

    @Test func `ten thousand narrow letters are too high, too`() {
        let summary = Summary(title: "", lines: [.init("", String(repeating: "i", count: 10_000))])
        #expect(throws: PictureError.self) { try renderer.png(of: picture, showing: summary, id: []) }
    }

    @Test func `the largest batch that a Scan shows fits`() throws {
        let payee = String(repeating: "Wohlfahrtsverband ", count: 5) + "Wohlfahrtsverba"
        let lines = (1...4).flatMap { number -> [Summary.Line] in
            [
                .init("IBAN \(number)", "MT84MALT011000012345MTLCAST001S"), .init("Payee \(number)", payee),
                .init("Amount \(number)", "999.99 EUR"),
            ]
        }
        #expect(throws: Never.self) { try renderer.png(of: picture, showing: Summary(title: "Batch", lines: lines), id: [1]) }
    }

    @Test func `details with nothing in them still show the picture`() throws {
        let file = try renderer.png(of: picture, showing: Summary(title: "", lines: [.init("Reference", "")]), id: [])
        #expect(try ImageHeader(parsing: file).width == SecretImageRenderer.width)
    }

    @Test func `a renderer without a font is refused`() {
        #expect(throws: PictureError.fontUnreadable("")) { try SecretImageRenderer(fonts: []) }
        #expect(throws: PictureError.fontUnreadable("/absent.ttf")) { try SecretImageRenderer(fonts: ["/absent.ttf"]) }
    }

    @Test func `many threads draw with one renderer, and each gets its own`() async throws {
        let challenges = try (0..<8).map { try challenge(UInt8($0)) }
        let alone = try challenges.map { try renderer.png(of: picture, for: $0) }
        let together = try await withThrowingTaskGroup(of: (Int, [UInt8]).self) { [renderer, picture] group in
            for (index, challenge) in challenges.enumerated() {
                group.addTask { @concurrent in (index, try renderer.png(of: picture, for: challenge)) }
            }
            return try await group.reduce(into: [Int: [UInt8]]()) { $0[$1.0] = $1.1 }
        }
        for (index, file) in alone.enumerated() { #expect(together[index] == file) }
    }

    @Test func `a screen reader says the picture's name and every detail`() throws {
        let summary = try challenge().summary
        #expect(
            picture.alternativeText(showing: summary)
                == "Your secret image: lighthouse. Payment. Origin: bank.example. IBAN: LU28 0019 4006 4475 0000. Amount: 1234.50 EUR. "
                + "Payee: Anna Muster. Reference: Invoice 17.")
        #expect(picture.alternativeText(showing: summary, in: .french).hasPrefix("Votre image secrète : phare. Payment. "))
        #expect(
            picture.alternativeText(showing: Summary(title: "Login", lines: [.init("Place", "")]))
                == "Your secret image: lighthouse. Login.")
    }
}
