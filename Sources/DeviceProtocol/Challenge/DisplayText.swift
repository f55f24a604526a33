import Foundation

/// Text that a person is shown before agreeing, and that cannot deceive by what it hides.
///
/// UTF-8 in NFC. Control characters, bidirectional overrides and zero-width characters are refused: with them, what
/// the person reads and what the bank executes can differ.
public struct DisplayText: Hashable, Sendable {
    /// The text as it is shown and signed.
    public let value: String

    /// Checks `text`; nothing is cut or repaired, except for composition to NFC.
    ///
    /// - Parameters:
    ///   - field: what the text is, for the error: "payee".
    ///   - limit: the most bytes in UTF-8.
    /// - Throws: ``ContentError/tooLong(field:bytes:limit:)``, ``ContentError/empty(field:)``,
    ///   ``ContentError/forbiddenCharacter(field:scalar:)``.
    public init(_ text: String, field: String, limit: Int, mayBeEmpty: Bool = false) throws(ContentError) {
        // No text becomes so much shorter, and composing takes the square of the length.
        guard text.utf8.count <= 16 * limit else { throw .tooLong(field: field, bytes: text.utf8.count, limit: limit) }
        guard let composed = text.composed else {
            let scalar = text.unicodeScalars.first { String.conjoiningJamo.contains($0.value) }
            throw .forbiddenCharacter(field: field, scalar: scalar?.value ?? 0)
        }
        let bytes = composed.utf8.count
        guard bytes <= limit else { throw .tooLong(field: field, bytes: bytes, limit: limit) }
        guard mayBeEmpty || !composed.allSatisfy(\.isWhitespace) else { throw .empty(field: field) }
        if let scalar = composed.unicodeScalars.first(where: Self.isForbidden) {
            throw .forbiddenCharacter(field: field, scalar: scalar.value)
        }
        value = composed
    }

    private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value < 0x20 || scalar.value == 0x7F }
        return switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: true
        // Braille without dots is no white space for Unicode, and looks like it.
        default: scalar.properties.isDefaultIgnorableCodePoint || scalar == "\u{2800}"
        }
    }
}

extension String {
    /// The text in Unicode NFC; `nil` for the few that Foundation composes into something else.
    ///
    /// On Linux it leaves some Hangul apart, unless that was taken apart before, and drops a letter that stands where none can.
    package var composed: String? {
        // ASCII is composed as it is, and most text is ASCII.
        guard !utf8.allSatisfy({ $0 < 0x80 }) else { return self }
        let composed = decomposedStringWithCanonicalMapping.precomposedStringWithCanonicalMapping
        // Swift compares what is canonically the same (Unicode, annex 15), whoever composed it.
        return composed == self ? composed : nil
    }

    /// The letters of Hangul that syllables are composed of.
    fileprivate static let conjoiningJamo: ClosedRange<UInt32> = 0x1100...0x11FF
}

/// Why something cannot be the content of a challenge.
public enum ContentError: Error, Hashable, Sendable {
    /// The field may not be empty.
    case empty(field: String)
    /// The field has more bytes in UTF-8 than its limit; it is refused, never cut.
    case tooLong(field: String, bytes: Int, limit: Int)
    /// The field holds a character that could hide or reorder text.
    case forbiddenCharacter(field: String, scalar: UInt32)
    /// Not an IBAN; the text says which check failed (ISO 13616-1).
    case invalidIBAN(String)
    /// Not a currency of ISO 4217.
    case unknownCurrency(String)
    /// Not a decimal number, or with more decimals than the currency has (ISO 4217 exponent).
    case invalidAmount(String)
    /// An amount must be more than zero and fit 15 digits.
    case amountOutOfRange
    /// A time to live is 1 to 86,400 seconds.
    case invalidLifetime(Int)
    /// An identifier has the wrong number of bytes, or characters that it may not have.
    case invalidIdentifier(String)
    /// The payments cannot be one batch, or a Scan could not show them.
    case invalidBatch(String)
    /// Nobody's part of a rule that wants several signatures.
    case invalidRole(String)
    /// The bytes are not the canonical DER of a challenge (X.690, 10 and 11).
    case notCanonical(String)
}

extension ContentError: CustomStringConvertible {
    /// One sentence that names the field.
    public var description: String {
        switch self {
        case .empty(let field): "\(field) may not be empty"
        case .tooLong(let field, let bytes, let limit): "\(field) has \(bytes) bytes, at most \(limit) are allowed"
        case .forbiddenCharacter(let field, let scalar):
            "\(field) holds the character U+\(String(scalar, radix: 16, uppercase: true)), which may hide or reorder text"
        case .invalidIBAN(let reason): "not an IBAN: \(reason)"
        case .unknownCurrency(let code): "\"\(Self.told(code))\" is not a currency of ISO 4217"
        case .invalidAmount(let text): "\"\(Self.told(text))\" is not an amount in this currency"
        case .amountOutOfRange: "the amount must be more than zero and have at most 15 digits"
        case .invalidLifetime(let seconds): "a challenge lives 1 to 86400 seconds, not \(seconds)"
        case .invalidIdentifier(let what): "not an identifier: \(what)"
        case .invalidBatch(let reason): "not a batch: \(reason)"
        case .invalidRole(let reason): "not a signer's role: \(reason)"
        case .notCanonical(let reason): "not a canonical challenge: \(reason)"
        }
    }
    /// What was typed, as far as a sentence has room for it.
    private static func told(_ text: String) -> String {
        let start = String.UnicodeScalarView(text.unicodeScalars.prefix(64))
        return start.count < text.unicodeScalars.count ? String(start) + "…" : text
    }
}
