import Testing

@testable import Pictures

@Suite struct GreyPictureTests {
    @Test(
        arguments: [
            ([], []), ([7], [255]), ([90, 90, 90], [255, 255, 255]), ([0, 255], [0, 255]), ([100, 101], [0, 255]),
            ([60, 70, 80, 180, 190, 200], [0, 0, 0, 255, 255, 255]), ([250, 10, 240, 30], [255, 0, 255, 0]),
        ] as [([UInt8], [UInt8])])
    func `the two parts that differ most become black and white`(pixels: [UInt8], expected: [UInt8]) {
        let picture = GreyPicture(width: pixels.count, height: 1, pixels: pixels)
        #expect(picture.blackAndWhite() == GreyPicture(width: pixels.count, height: 1, pixels: expected))
    }
}
