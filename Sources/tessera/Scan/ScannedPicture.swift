import Foundation
import Pictures

/// A picture as a camera sees it.
enum ScannedPicture {
    /// The largest file: 32 MiB, more than a camera makes.
    private static let limit = 32 << 20
    /// The most characters of a QR code (ISO/IEC 18004, table 7), and the newline that a file ends with.
    private static let longest = 4296 + 2

    /// The text of the one QR code in a picture; of a file with the text of the code itself, that text.
    ///
    /// - Throws: ``Failure`` for none or several; `PictureError`.
    static func text(of name: String) throws -> String {
        let bytes = try InputFile.read(name, limit: limit)
        if bytes.starts(with: Array("SC1:".utf8)) {
            guard bytes.count <= longest else {
                throw Failure("\"\(name)\" has more characters than a QR code holds", hint: "take the text of one code", exit: .refused)
            }
            return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .newlines)
        }
        let texts = try QRReader.texts(in: bytes)
        guard let first = texts.first else {
            throw Failure("there is no QR code in \"\(name)\"", hint: "take the whole code with its light border", exit: .refused)
        }
        guard texts.count == 1 else {
            throw Failure("there are \(texts.count) QR codes in \"\(name)\"", hint: "leave one in the picture", exit: .refused)
        }
        return first
    }
}
