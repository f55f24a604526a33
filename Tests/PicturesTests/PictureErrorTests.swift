import Pictures
import Testing

@Suite struct PictureErrorTests {
    @Test(arguments: [
        (PictureError.emptyText, "an empty text makes no QR code"),
        (
            .textTooLarge(bytes: 601, version: 16, limit: 15),
            "a text of 601 bytes needs a QR code of version 16; the limit is version 15: shorten the text"
        ),
        (
            .textTooLarge(bytes: 9000, version: nil, limit: 15),
            "a text of 9000 bytes fits no QR code; the limit is version 15: shorten the text"
        ),
        (.modulePixels(0), "modules of 0 pixels: take 1 to 64"),
        (.unknownFormat, "neither a PNG nor a JPEG file: convert the picture to one of them"),
        (.damaged(.jpeg), "the JPEG file is damaged or cut off: take the picture again"),
        (.tooManyPixels(width: 9000, height: 9000), "a picture of 9000 by 9000 pixels, more than 32000000 in all: make it smaller"),
        (.tooLong(width: 1, height: 20_000), "a picture of 1 by 20000 pixels, more than 16384 on a side: cut it to the code"),
        (.refused(by: "zbar_image_create"), "zbar_image_create refused: free some memory and try again"),
    ])
    func `an error says what is wrong and what to do`(error: PictureError, message: String) {
        #expect(error.description == message)
    }
}
