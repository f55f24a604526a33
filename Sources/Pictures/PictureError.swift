/// Why a picture could not be drawn or read.
public enum PictureError: Error, Equatable, Sendable {
    /// There is nothing to encode.
    case emptyText
    /// The text does not fit; `version` is the one that would hold it, `nil` when none does.
    case textTooLarge(bytes: Int, version: Int?, limit: Int)
    /// A module cannot be drawn with so many pixels a side.
    case modulePixels(Int)
    /// The bytes begin neither a PNG nor a JPEG file.
    case unknownFormat
    /// The file is cut off, or was changed.
    case damaged(ImageFormat)
    /// The file announces more pixels than ``ImageFormat/maximumPixels``.
    case tooManyPixels(width: Int, height: Int)
    /// No ``SecretPicture`` has this name.
    case unknownPicture(String)
    /// A line of a drawing says no shape.
    case notAShape(String)
    /// No font can be read from this file.
    case fontUnreadable(String)
    /// No font has these characters of the operation's details.
    case missingCharacters([String])
    /// The operation's details need a picture of more than ``SecretImageRenderer/maximumHeight`` pixels.
    case detailsTooLong(height: Int)
    /// A side has more pixels than ``ImageFormat/maximumSide``.
    case tooLong(width: Int, height: Int)
    /// A C library refused for a reason of its own, which is almost always memory; named is its function.
    case refused(by: String)
}

extension PictureError: CustomStringConvertible {
    /// What is wrong, and what to do.
    public var description: String {
        switch self {
        case .emptyText:
            return "an empty text makes no QR code"
        case .textTooLarge(let bytes, let version, let limit):
            let need = version.map { "needs a QR code of version \($0)" } ?? "fits no QR code"
            return "a text of \(bytes) bytes \(need); the limit is version \(limit): shorten the text"
        case .modulePixels(let pixels):
            let allowed = QRCode.modulePixels
            return "modules of \(pixels) pixels: take \(allowed.lowerBound) to \(allowed.upperBound)"
        case .unknownFormat:
            return "neither a PNG nor a JPEG file: convert the picture to one of them"
        case .damaged(let format):
            return "the \(format.rawValue) file is damaged or cut off: take the picture again"
        case .tooManyPixels(let width, let height):
            return "a picture of \(width) by \(height) pixels, more than \(ImageFormat.maximumPixels) in all: make it smaller"
        case .unknownPicture(let name):
            return "no picture is called \"\(name)\": take a name from the list of pictures"
        case .notAShape(let line):
            return "\"\(line)\" is no shape of a drawing: write it as the other shapes are"
        case .fontUnreadable(let path):
            return "no font can be read from \"\(path)\": install fonts-dejavu-core, or name a TrueType or OpenType file"
        case .missingCharacters(let characters):
            let named = characters.map { character in
                "\(character) (\(character.unicodeScalars.map { "U+" + String($0.value, radix: 16, uppercase: true) }.joined(separator: " ")))"
            }
            return "the fonts do not have \(named.joined(separator: ", ")): add a font that has"
        case .detailsTooLong(let height):
            return "the details need a picture \(height) pixels high, more than \(SecretImageRenderer.maximumHeight): show fewer"
        case .tooLong(let width, let height):
            return "a picture of \(width) by \(height) pixels, more than \(ImageFormat.maximumSide) on a side: cut it to the code"
        case .refused(let function):
            return "\(function) refused: free some memory and try again"
        }
    }
}
