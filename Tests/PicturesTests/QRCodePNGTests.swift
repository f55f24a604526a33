import TestSupport
import Testing

@testable import Pictures

@Suite struct QRCodePNGTests {
    @Test(arguments: [1, 2, 8, 64])
    func `the file is one bit a pixel with a palette, and as large as code and quiet zone`(modulePixels: Int) throws {
        let code = try QRCode(encoding: "SC1:HELLO")
        let png = try code.png(modulePixels: modulePixels)
        let header = try ImageHeader(parsing: png)
        #expect(header.format == .png)
        #expect(header.width == (code.size + 8) * modulePixels)
        #expect(header.height == header.width)
        // IHDR: bit depth 1, colour type 3 (ISO/IEC 15948, 11.2.2).
        #expect(Array(png[24...25]) == [1, 3])
    }

    @Test(arguments: [1, 3])
    func `every pixel is the module that it belongs to, and the border is white`(modulePixels: Int) throws {
        let code = try QRCode(encoding: "https://example.lu/?q=1")
        let png = try code.png(modulePixels: modulePixels)
        let image = try GDImage(decoding: png, as: .png)
        var wrong = 0
        for y in 0..<image.height {
            for x in 0..<image.width {
                let dark = code[x: x / modulePixels - 4, y: y / modulePixels - 4]
                if image.grey(x: x, y: y) != (dark ? 0 : 255) { wrong += 1 }
            }
        }
        #expect(wrong == 0)
        let border = 4 * modulePixels
        let edge = (0..<border).flatMap { offset in
            (0..<image.width).flatMap { [image.grey(x: $0, y: offset), image.grey(x: offset, y: $0)] }
        }
        #expect(edge.allSatisfy { $0 == 255 })
        #expect(image.grey(x: border, y: border) == 0)
    }

    @Test(arguments: [1, 2, 3, 5, 7, 8, 9, 17])
    func `squares of any side have their own colour, in pictures that are no square`(side: Int) throws {
        var random = SeededGenerator(seed: UInt64(side))
        let squares = (0..<3).map { _ in (0..<5).map { _ in Bool.random(using: &random) } }
        let file = try PNGWriter.file(columns: 5, rows: 3, side: side) { x, y in squares[y][x] }
        let image = try GDImage(decoding: file, as: .png)
        #expect(image.width == 5 * side && image.height == 3 * side)
        let greys = (0..<image.height).map { y in (0..<image.width).map { x in image.grey(x: x, y: y) } }
        #expect(greys == (0..<3 * side).map { y in (0..<5 * side).map { x in squares[y / side][x / side] ? 0 : 255 } })
    }

    @Test(
        arguments: [
            (.max, 1, 2), (1, .max, 2), (2, 1, .max), (32_000_001, 1, 1), (8001, 4000, 1), (1, 32_000_001, 1), (.max, .max, .max),
            (86, 86, 66),
        ] as [(Int, Int, Int)])
    func `more pixels than can be read are not written`(columns: Int, rows: Int, side: Int) {
        let (width, height) = (columns.multipliedReportingOverflow(by: side), rows.multipliedReportingOverflow(by: side))
        let error = PictureError.tooManyPixels(
            width: width.overflow ? .max : width.partialValue, height: height.overflow ? .max : height.partialValue)
        #expect(throws: error) { try PNGWriter.file(columns: columns, rows: rows, side: side) { _, _ in true } }
    }

    @Test(arguments: [(0, 1, 1), (1, 0, 1), (1, 1, 0), (-7, .min, -1)])
    func `a picture has one square at least`(columns: Int, rows: Int, side: Int) throws {
        let file = try PNGWriter.file(columns: columns, rows: rows, side: side) { _, _ in true }
        let image = try GDImage(decoding: file, as: .png)
        #expect(image.width == 1 && image.height == 1)
        #expect(image.grey(x: 0, y: 0) == 0)
    }

    @Test(arguments: [Int.min, -1, 0, 65, Int.max])
    func `modules of no pixels, or of too many, are refused`(modulePixels: Int) throws {
        let code = try QRCode(encoding: "A")
        #expect(throws: PictureError.modulePixels(modulePixels)) { try code.png(modulePixels: modulePixels) }
    }

    @Test func `the largest picture is small enough to be read, and a small file`() throws {
        let code = try QRCode(encoding: String(repeating: "Z", count: 600))
        let png = try code.png(modulePixels: QRCode.modulePixels.upperBound)
        let header = try ImageHeader(parsing: png)
        #expect(header.width == 85 * 64)
        #expect(header.width * header.height <= ImageFormat.maximumPixels)
        #expect(png.count < 200_000)
    }
}
