import Foundation
public import Secrets

/// What a password has to be: 6 to 10 characters (stated), of four classes.
///
/// That upper and lower case and special characters are accepted is stated; that each class has to occur is inferred.
public struct PasswordRule: Hashable, Sendable {
    /// A class of characters.
    public enum CharacterClass: String, Hashable, Sendable, CaseIterable {
        /// A letter that has a small form.
        case upperCase
        /// A letter that is a small form.
        case lowerCase
        /// 0 to 9.
        case digit
        /// All else that can be seen.
        case special
    }

    /// What is wrong with a password.
    public enum Violation: Hashable, Sendable {
        /// Fewer characters than that.
        case tooShort(minimum: Int)
        /// More characters than that.
        case tooLong(maximum: Int)
        /// No character of this class.
        case missing(CharacterClass)
        /// A character that cannot be seen, or no text at all.
        case unprintable
        /// It is the user ID, or contains it.
        case containsUserID
        /// It is the one that it shall replace.
        case unchanged
    }

    /// How many characters, as a person counts them.
    public let length: ClosedRange<Int>
    /// The classes of which each has to occur.
    public let required: Set<CharacterClass>

    /// A rule.
    public init(length: ClosedRange<Int> = 6...10, required: Set<CharacterClass> = Set(CharacterClass.allCases)) {
        self.length = length
        self.required = required
    }

    /// All that is wrong with `password`, in the order of ``Violation``; nothing when it may be used.
    public func violations(of password: borrowing SecretBytes, for user: SubscriberID? = nil) -> [Violation] {
        // More bytes than that are no password; a character can have any number of them.
        guard password.count <= 16 * length.upperBound else { return [.tooLong(maximum: length.upperBound)] }
        return password.withCharacters { characters in
            guard let characters else { return [.unprintable] }
            var found: [Violation] = []
            if characters.count < length.lowerBound { found.append(.tooShort(minimum: length.lowerBound)) }
            if characters.count > length.upperBound { found.append(.tooLong(maximum: length.upperBound)) }
            let classes = characters.map(CharacterClass.init)
            for one in CharacterClass.allCases where required.contains(one) && !classes.contains(one) { found.append(.missing(one)) }
            if classes.contains(nil) { found.append(.unprintable) }
            let user = user.map { $0.rawValue.lowercased().map(String.init) } ?? []
            if !user.isEmpty, characters.map({ $0.lowercased() }).contains(user) { found.append(.containsUserID) }
            return found
        }
    }
}

extension PasswordRule.CharacterClass {
    /// The class of a character; `nil` for white space and for what cannot be seen.
    fileprivate init?(_ character: Character) {
        let isSeen = character.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .surrogate, .unassigned, .privateUse, .lineSeparator, .paragraphSeparator, .spaceSeparator: false
            default: true
            }
        }
        // An override or a space of no width stands alone; a joiner within an emoji does not.
        let isHidden = character.unicodeScalars.allSatisfy {
            $0.properties.generalCategory == .format || $0.properties.isDefaultIgnorableCodePoint
        }
        guard isSeen, !isHidden else { return nil }
        if character.isUppercase {
            self = .upperCase
        } else if character.isLowercase {
            self = .lowerCase
        } else if character.isASCII, character.isNumber {
            self = .digit
        } else {
            self = .special
        }
    }
}

extension SecretBytes {
    /// Lends the text's characters, in the form that is hashed (Unicode NFC), for as long as `body` runs; `nil` for no UTF-8.
    ///
    /// Swift finds the borders of characters in a `String` only: this one lives here, is passed to nobody and never stored.
    fileprivate func withCharacters<R>(_ body: ([Character]?) -> R) -> R {
        withBytes { bytes in
            unsafe bytes.withUnsafeBytes { bytes in
                guard let text = unsafe String(validating: bytes, as: UTF8.self) else { return body(nil) }
                return body(Array(text.precomposedStringWithCanonicalMapping))
            }
        }
    }

    /// The same text in Unicode NFC, which is what is hashed: `é` is one password however a keyboard writes it (RFC 8265, 4.2.2).
    ///
    /// What is plain ASCII never leaves its page.
    ///
    /// - Throws: ``Secrets/SecretBytesError``.
    func normalised() throws(SecretBytesError) -> SecretBytes {
        let isPlain = withBytes { bytes in unsafe bytes.withUnsafeBytes { unsafe $0.allSatisfy { $0 < 0x80 } } }
        var result = try SecretBytes()
        if isPlain {
            try result.append(self)
            return result
        }
        let characters = withCharacters { $0 }
        guard let characters else {
            try result.append(self)
            return result
        }
        for character in characters { try result.append(contentsOf: character.utf8) }
        return result
    }

    /// The same answer however it is typed: without case, accents, punctuation and white space at the ends or doubled (Unicode NFKD).
    ///
    /// - Throws: ``Secrets/SecretBytesError``.
    func normalisedAnswer() throws(SecretBytesError) -> SecretBytes {
        let scalars: [Unicode.Scalar] = withBytes { bytes in
            unsafe bytes.withUnsafeBytes { bytes in
                let text = unsafe String(decoding: bytes, as: UTF8.self).decomposedStringWithCompatibilityMapping.lowercased()
                return Array(text.decomposedStringWithCompatibilityMapping.unicodeScalars)
            }
        }
        var result = try SecretBytes()
        var hasGap = false
        for scalar in scalars {
            switch scalar.properties.generalCategory {
            case .control where scalar.properties.isWhitespace: hasGap = true
            case .nonspacingMark, .enclosingMark, .control, .format: continue
            case .spaceSeparator, .lineSeparator, .paragraphSeparator, .dashPunctuation, .otherPunctuation, .openPunctuation,
                .closePunctuation, .initialPunctuation, .finalPunctuation, .connectorPunctuation:
                hasGap = true
            default:
                if hasGap, result.count > 0 { try result.append(UInt8(ascii: " ")) }
                hasGap = false
                try result.append(contentsOf: Character(scalar).utf8)
            }
        }
        return result
    }
}

extension PasswordRule.Violation: CustomStringConvertible {
    /// One sentence.
    public var description: String {
        switch self {
        case .tooShort(let minimum): "a password has at least \(minimum) characters"
        case .tooLong(let maximum): "a password has at most \(maximum) characters"
        case .missing(.upperCase): "a password has a capital letter"
        case .missing(.lowerCase): "a password has a small letter"
        case .missing(.digit): "a password has a digit"
        case .missing(.special): "a password has a special character"
        case .unprintable: "a password has only characters that can be seen, and no spaces"
        case .containsUserID: "a password does not contain the user ID"
        case .unchanged: "a new password differs from the old one"
        }
    }
}
