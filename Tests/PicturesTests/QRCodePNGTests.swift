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

    @Test func `squares are drawn over what was there, each in its own colour`() throws {
        let image = try GDImage(whiteOfWidth: 6, height: 4)
        image.drawSquares([true, true, true], side: 2, y: 1)
        image.drawSquares([false, true], side: 2, y: 2)
        let greys = (0..<4).map { y in (0..<6).map { x in image.grey(x: x, y: y) } }
        #expect(greys == [[255, 255, 255, 255, 255, 255], [0, 0, 0, 0, 0, 0], [255, 255, 0, 0, 0, 0], [255, 255, 0, 0, 255, 255]])
    }

    @Test(arguments: [
        (4, 2, 0), (3, 3, 0), (3, 2, 3), (3, 2, -1), (3, 5, 0), (3, 0, 0), (3, -1, 0), (1, .max, 0), (3, 2, .max), (3, 2, .min),
    ])
    func `squares that would stick out are not drawn`(count: Int, side: Int, y: Int) throws {
        let image = try GDImage(whiteOfWidth: 6, height: 4)
        image.drawSquares([Bool](repeating: true, count: count), side: side, y: y)
        for y in 0..<4 { for x in 0..<6 { #expect(image.grey(x: x, y: y) == 255) } }
    }

    @Test func `a picture without a palette takes no squares`() throws {
        let photograph = try GDImage(decoding: Fixture.bytes("pictures/rotated.jpg"), as: .jpeg)
        let before = photograph.grey(x: 0, y: 0)
        photograph.drawSquares([before > 127], side: 1, y: 0)
        #expect(photograph.grey(x: 0, y: 0) == before)
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
