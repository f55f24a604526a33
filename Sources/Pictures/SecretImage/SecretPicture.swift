/// A picture that a person can name, and choose as the sign between the bank and them.
///
/// Its name is what is stored; names stay, and none is given to another picture. Drawn by the project.
public struct SecretPicture: Hashable, Sendable {
    /// The languages that every picture has a name in.
    public enum Language: String, CaseIterable, Sendable {
        /// English.
        case english = "en"
        /// French.
        case french = "fr"
    }

    /// What names it, in stores too, and what an English screen reader says: `sailing boat`.
    public let name: String
    private let frenchName: String
    /// Its shapes, a line each, as ``DrawnShape`` reads them.
    let drawing: String

    /// All pictures, 105 of them.
    public static let all: [SecretPicture] = nature + animals + food + journeys + things

    private static let byName = Dictionary(all.map { ($0.name, $0) }) { first, _ in first }

    /// The picture with this name.
    ///
    /// - Throws: ``PictureError/unknownPicture(_:)``.
    public static func named(_ name: String) throws(PictureError) -> SecretPicture {
        guard let picture = byName[name] else { throw .unknownPicture(name) }
        return picture
    }

    /// What it shows, in a word or two, for who hears it.
    public func name(in language: Language) -> String {
        switch language {
        case .english: name
        case .french: frenchName
        }
    }

    /// The shapes from the back to the front, in the square from (0, 0) to (100, 100).
    ///
    /// - Throws: ``PictureError/notAShape(_:)``.
    func shapes() throws(PictureError) -> [DrawnShape] {
        var shapes: [DrawnShape] = []
        for line in drawing.split(separator: "\n") { shapes += try DrawnShape.parsing(line) }
        return shapes
    }

    /// The pictures of a text: one begins with `= English name / French name`, its shapes follow.
    static func drawn(_ text: String) -> [SecretPicture] {
        var pictures: [SecretPicture] = []
        var (names, lines): (Substring?, [Substring]) = (nil, [])
        func end() {
            guard let names else { return }
            let parts = names.dropFirst(2).split(separator: " / ", maxSplits: 1)
            pictures.append(
                SecretPicture(
                    name: String(parts.first ?? ""), frenchName: String(parts.last ?? ""), drawing: lines.joined(separator: "\n")))
        }
        for line in text.split(separator: "\n") {
            if line.hasPrefix("= ") {
                end()
                (names, lines) = (line, [])
            } else {
                lines.append(line)
            }
        }
        end()
        return pictures
    }
}
