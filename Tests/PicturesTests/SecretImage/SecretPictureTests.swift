import TestSupport
import Testing

@testable import Pictures

@Suite struct SecretPictureTests {
    @Test func `there are at least sixty pictures`() {
        #expect(SecretPicture.all.count >= 60)
        #expect(SecretPicture.all.count == 105)
    }

    @Test(arguments: SecretPicture.Language.allCases)
    func `each has a name of its own, in every language, as somebody would say it`(language: SecretPicture.Language) {
        let names = SecretPicture.all.map { $0.name(in: language) }
        #expect(Set(names).count == names.count)
        for name in names { #expect(name.wholeMatch(of: /[\p{L}][\p{L}' -]{1,30}/) != nil, "\(name)") }
    }

    @Test func `a picture is found by its name, and by no other`() throws {
        for picture in SecretPicture.all { #expect(try SecretPicture.named(picture.name) == picture) }
        #expect(throws: PictureError.unknownPicture("Sun")) { try SecretPicture.named("Sun") }
        #expect(throws: PictureError.unknownPicture("soleil")) { try SecretPicture.named("soleil") }
        #expect(try SecretPicture.named("key").name(in: .french) == "clé")
        #expect(PictureError.unknownPicture("unicorn").description.contains("\"unicorn\""))
    }

    @Test func `every drawing is in order, and stays in its square`() throws {
        for picture in SecretPicture.all {
            let shapes = try picture.shapes()
            #expect(!shapes.isEmpty, "\(picture.name)")
            for shape in shapes {
                let half = (shape.width ?? 0) / 2
                let isInside = shape.points.allSatisfy { point in [point.x, point.y].allSatisfy { $0 - half >= -4 && $0 + half <= 104 } }
                #expect(isInside, "\(picture.name): \(shape)")
            }
        }
    }

    @Test func `every drawing fills its square: none is a speck`() throws {
        for picture in SecretPicture.all {
            let points = try picture.shapes().flatMap(\.points)
            let (x, y) = (points.map(\.x), points.map(\.y))
            let extent = max((x.max() ?? 0) - (x.min() ?? 0), (y.max() ?? 0) - (y.min() ?? 0))
            #expect(extent >= 75, "\(picture.name): \(extent)")
        }
    }

    /// Red, green and blue, 0 to 255, of a small copy on white.
    private func thumbnail(_ picture: SecretPicture, side: Int = 24) throws -> [Int32] {
        let image = try GDImage.blank(width: side, height: side, colour: 0xFFFFFF)
        image.place(try picture.sprite(side: side), x: 0, y: 0)
        return (0..<side * side).flatMap { place in
            let pixel = image.pixel(x: place % side, y: place / side)
            return [pixel >> 16 & 0xFF, pixel >> 8 & 0xFF, pixel & 0xFF]
        }
    }

    @Test func `no two pictures are alike, and none is empty`() throws {
        var thumbnails = try SecretPicture.all.map { (name: $0.name, pixels: try thumbnail($0)) }
        thumbnails.append(("nothing", [Int32](repeating: 255, count: 24 * 24 * 3)))
        var least = (difference: Int32.max, pair: "")
        for (index, one) in thumbnails.enumerated() {
            for other in thumbnails[..<index] {
                var difference: Int32 = 0
                for (a, b) in zip(one.pixels, other.pixels) { difference += a > b ? a - b : b - a }
                difference /= Int32(one.pixels.count)
                if difference < least.difference { least = (difference, "\(one.name) and \(other.name)") }
            }
        }
        // Of 255; what is measured is the mean over all pixels and colours.
        #expect(least.difference >= 15, "\(least.pair) differ by \(least.difference)")
    }

    @Test(arguments: [(160, 160), (16, 16), (1024, 1024), (15, 16), (-1, 16), (Int.min, 16), (Int.max, 1024)])
    func `a picture alone is a square on clear ground`(side: Int, drawn: Int) throws {
        let file = try SecretPicture.named("heart").png(side: side)
        let header = try ImageHeader(parsing: file)
        #expect(header.width == drawn && header.height == drawn)
        // IHDR: bit depth 8, colour type 6, with alpha (ISO/IEC 15948, 11.2.2).
        #expect(Array(file[24...25]) == [8, 6])
        let image = try GDImage(decoding: file, as: .png)
        #expect(image.pixel(x: 0, y: 0) >> 24 == 127)
        #expect(image.pixel(x: drawn / 2, y: drawn / 2) == 0xD7282D)
    }

    @Test(arguments: SecretPicture.Language.allCases)
    func `the sheet shows them all`(language: SecretPicture.Language) throws {
        let header = try ImageHeader(parsing: SecretImageRenderer().sheet(in: language))
        #expect(header.width == 1360 && header.height == 11 * 164)
    }

    @Test func `the project's own drawing of a picture does not change unnoticed`() throws {
        let image = try SecretPicture.named("heart").sprite(side: 108)
        #expect(image.pixel(x: 54, y: 60) == 0xD7282D)
        #expect(image.pixel(x: 2, y: 2) >> 24 == 127)
        #expect(image.width == 108 && image.height == 108)
    }
}
