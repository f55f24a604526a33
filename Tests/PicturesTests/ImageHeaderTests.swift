import Testing

@testable import Pictures

@Suite struct ImageHeaderTests {
    private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    private func bytes(_ number: UInt32) -> [UInt8] { (0..<4).reversed().map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) } }

    private func png(_ width: UInt32, _ height: UInt32) -> [UInt8] {
        Self.signature + [0, 0, 0, 13] + Array("IHDR".utf8) + bytes(width) + bytes(height) + [8, 2, 0, 0, 0]
    }

    /// A frame header of three components, which begins with marker `FF sof`.
    private func frame(_ width: UInt16, _ height: UInt16, sof: UInt8 = 0xC0) -> [UInt8] {
        [0xFF, sof, 0, 17, 8] + bytes(UInt32(height)).suffix(2) + bytes(UInt32(width)).suffix(2) + [UInt8](repeating: 3, count: 10)
    }

    @Test(arguments: [(1, 1), (640, 480), (8000, 4000), (16_384, 1), (1, 16_384)] as [(UInt32, UInt32)])
    func `a PNG file says its size in its first chunk`(width: UInt32, height: UInt32) throws {
        let header = try ImageHeader(parsing: png(width, height))
        #expect(header.format == .png)
        #expect(header.width == width && header.height == height)
    }

    @Test(arguments: [(8001, 4000), (32_000_001, 1), (.max, .max), (.max, 1), (0x8000_0000, 2)] as [(UInt32, UInt32)])
    func `more than 32 megapixels are refused by the header alone`(width: UInt32, height: UInt32) {
        let error = PictureError.tooManyPixels(width: Int(width), height: Int(height))
        #expect(throws: error) { try ImageHeader(parsing: png(width, height)) }
        #expect(throws: error) { try QRReader.texts(in: png(width, height)) }
    }

    @Test(arguments: [(16_385, 1), (1, 1_000_000), (32_000_000, 1)] as [(UInt32, UInt32)])
    func `a side that no camera makes is refused by the header alone`(width: UInt32, height: UInt32) {
        let error = PictureError.tooLong(width: Int(width), height: Int(height))
        #expect(throws: error) { try QRReader.texts(in: png(width, height)) }
    }

    @Test(arguments: [(0, 1), (1, 0), (0, 0)] as [(UInt32, UInt32)])
    func `a picture without pixels is damaged`(width: UInt32, height: UInt32) {
        #expect(throws: PictureError.damaged(.png)) { try ImageHeader(parsing: png(width, height)) }
        #expect(throws: PictureError.damaged(.jpeg)) { try ImageHeader(parsing: [0xFF, 0xD8] + frame(UInt16(width), UInt16(height))) }
    }

    @Test(arguments: [0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xCF] as [UInt8])
    func `a JPEG file says its size in its frame header, whatever the coding`(sof: UInt8) throws {
        let header = try ImageHeader(parsing: [0xFF, 0xD8] + frame(1920, 1080, sof: sof))
        #expect(header.format == .jpeg)
        #expect(header.width == 1920 && header.height == 1080)
    }

    @Test func `segments before the frame, and fill bytes, are stepped over`() throws {
        let comment: [UInt8] = [0xFF, 0xFE, 0, 5, 0xFF, 0xC0, 0]  // its text looks like a frame header
        let tables: [UInt8] = [0xFF, 0xC4, 0, 3, 0, 0xFF, 0xC8, 0, 2, 0xFF, 0xCC, 0, 2]
        let file = [0xFF, 0xD8] + comment + tables + [0xFF, 0xFF, 0xFF] + frame(3, 7)
        let header = try ImageHeader(parsing: file)
        #expect(header.width == 3 && header.height == 7)
    }

    @Test(
        arguments: [
            [0xFF, 0xD8, 0xFF], [0xFF, 0xD8, 0xFF, 0xFF], [0xFF, 0xD8, 0xFF, 0xE0], [0xFF, 0xD8, 0xFF, 0xE0, 0xFF, 0xFF],
            [0xFF, 0xD8, 0xFF, 0xE0, 0, 0], [0xFF, 0xD8, 0xFF, 0xE0, 0, 1], [0xFF, 0xD8, 0xFF, 0xE0, 0, 2, 0],
            [0xFF, 0xD8, 0xFF, 0xE0, 0, 2, 0xFF, 0xC0, 0, 17, 8, 0, 1, 0],
        ] as [[UInt8]])
    func `a JPEG file that ends before its frame is damaged`(file: [UInt8]) {
        #expect(throws: PictureError.damaged(.jpeg)) { try ImageHeader(parsing: file) }
    }

    @Test func `a PNG file that ends in its header, or begins with another chunk, is damaged`() {
        let whole = png(5, 5)
        for length in 8..<24 {
            #expect(throws: PictureError.damaged(.png)) { try ImageHeader(parsing: Array(whole.prefix(length))) }
        }
        var other = whole
        other[12] = UInt8(ascii: "J")
        #expect(throws: PictureError.damaged(.png)) { try ImageHeader(parsing: other) }
    }

    @Test(arguments: [[], [0], [0x89], [0xFF, 0xD8], Array("GIF89a".utf8), Array("BM".utf8), Array("not a picture".utf8)] as [[UInt8]])
    func `everything else is no picture`(file: [UInt8]) {
        #expect(throws: PictureError.unknownFormat) { try ImageHeader(parsing: file) }
        #expect(throws: PictureError.unknownFormat) { try QRReader.texts(in: file) }
    }
}
