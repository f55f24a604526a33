import TestSupport
import Testing

@testable import Pictures

@Suite struct QRReaderTests {
    private static let alphanumeric = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")

    @Test(arguments: [1, 2, 3, 10, 20, 21, 50, 100, 150, 200, 250, 300, 350, 400, 450, 500, 550, 599, 600])
    func `random texts of the alphanumeric set come back, up to the limit`(length: Int) throws {
        var random = SeededGenerator(seed: UInt64(length))
        for modulePixels in [3, 4, 8] {
            let text = String((0..<length).compactMap { _ in Self.alphanumeric.randomElement(using: &random) })
            #expect(try QRReader.texts(in: QRCode(encoding: text).png(modulePixels: modulePixels)) == [text])
        }
    }

    @Test(arguments: [1, 5, 14, 15, 60, 100, 137])
    func `random letters of all kinds come back, letter by letter`(length: Int) throws {
        var random = SeededGenerator(seed: UInt64(length))
        let letters = (0x21...0x7E).map { $0 } + Array(0xC0...0xFF) + Array(0x391...0x3A1) + [0x20AC, 0x4F8B, 0x3048]
        for _ in 0..<3 {
            let text = String(
                String.UnicodeScalarView((0..<length).compactMap { _ in letters.randomElement(using: &random).flatMap(UnicodeScalar.init) })
            )
            #expect(try QRReader.texts(in: QRCode(encoding: text).png(modulePixels: 4)) == [text])
        }
    }

    @Test(arguments: [
        "Müller & Söhne", "ÄÖÜ", "Ã¤", "例え", "€ 1.234,56", "🪪", "line one\nline two", "zero\u{0}inside", "\u{FEFF}mark",
    ])
    func `an encoding is announced, so that nothing is guessed`(text: String) throws {
        let texts = try QRReader.texts(in: QRCode(encoding: text).png())
        #expect(texts.map { Array($0.utf8) } == [Array(text.utf8)])
    }

    @Test(arguments: ["rotated.jpg", "transparent.png", "grey-16.png", "palette.png"])
    func `pictures that others made are read`(name: String) throws {
        #expect(try QRReader.texts(in: Fixture.bytes("pictures/" + name)) == ["SC1:A PICTURE OF ANOTHER"])
    }

    @Test func `all codes of a picture are read, and nothing but QR codes`() throws {
        let texts = try QRReader.texts(in: Fixture.bytes("pictures/two-codes.png"))
        #expect(Set(texts) == ["SC1:LEFT", "SC1:RIGHT"])
        #expect(texts.count == 2)
    }

    @Test func `a picture without a code has no texts`() throws {
        for (width, height) in [(1, 1), (1, 300), (300, 1), (200, 200)] {
            let white = try PNGWriter.file(columns: width, rows: height, side: 1) { _, _ in false }
            #expect(try QRReader.texts(in: white) == [])
        }
    }

    @Test func `a PNG file that is cut off is damaged, wherever it ends`() throws {
        let png = try QRCode(encoding: "SC1:HELLO").png(modulePixels: 2)
        for length in 8..<png.count - 12 {  // without IEND, which holds nothing
            #expect(throws: PictureError.damaged(.png)) { try QRReader.texts(in: Array(png.prefix(length))) }
        }
    }

    @Test func `a JPEG file that is cut off is damaged, or shows what is left of it`() throws {
        let jpeg = try Fixture.bytes("pictures/rotated.jpg")
        for length in stride(from: 3, to: jpeg.count, by: jpeg.count / 40) {
            do throws(PictureError) {
                let texts = try QRReader.texts(in: Array(jpeg.prefix(length)))
                #expect(texts.allSatisfy { $0 == "SC1:A PICTURE OF ANOTHER" })
            } catch {
                #expect(error == .damaged(.jpeg))
            }
        }
    }

    @Test(arguments: [0, 1, 2, 3] as [UInt64])
    func `changed bytes never make another text`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let text = "SC1:THE TEXT OR NONE"
        let files = [try QRCode(encoding: text).png(modulePixels: 3), try Fixture.bytes("pictures/rotated.jpg")]
        for file in files {
            var damaged = 0
            for _ in 0..<(file == files[0] ? 25 : 6) {  // a larger picture, and looked at four times
                var changed = file
                for _ in 0..<Int.random(in: 1...8, using: &random) {
                    changed[Int.random(in: 2..<file.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
                do throws(PictureError) {
                    let texts = try QRReader.texts(in: changed)
                    #expect(texts.allSatisfy { $0 == text || $0 == "SC1:A PICTURE OF ANOTHER" })
                } catch {
                    damaged += 1
                }
            }
            if file == files[0] { #expect(damaged > 0) }
        }
    }

    @Test func `a file of noise behind a right beginning is damaged`() throws {
        var random = SeededGenerator(seed: 9)
        let noise = (0..<500).map { _ in UInt8.random(in: 0...255, using: &random) }
        let png = try QRCode(encoding: "A").png()
        #expect(throws: PictureError.damaged(.png)) { try QRReader.texts(in: Array(png.prefix(33)) + noise) }
        #expect(throws: PictureError.damaged(.jpeg)) { try QRReader.texts(in: [0xFF, 0xD8, 0xFF, 0xE0, 0, 2] + noise) }
    }
}
