import DeviceProtocol
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
        let user = user.map { Array($0.rawValue.lowercased().utf8) } ?? []
        if let found = unsafe password.withPlainText({ unsafe violations(of: $0, for: user) }) { return found }
        return password.withText { text in
            guard let text else { return [.unprintable] }
            let lowered = Array(text.lowercased().utf8)
            return violations(count: text.count, classes: text.map(CharacterClass.init), hasUser: lowered.hasPart(user))
        }
    }

    /// The same of plain ASCII, which nearly all passwords are, and which never leaves its page.
    private func violations(of bytes: UnsafeRawBufferPointer, for user: [UInt8]) -> [Violation] {
        let lowered = unsafe bytes.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
        let classes = unsafe bytes.map { CharacterClass(Character(Unicode.Scalar($0))) }
        return violations(count: bytes.count, classes: classes, hasUser: lowered.hasPart(user))
    }

    private func violations(count: Int, classes: [CharacterClass?], hasUser: Bool) -> [Violation] {
        var found: [Violation] = []
        if count < length.lowerBound { found.append(.tooShort(minimum: length.lowerBound)) }
        if count > length.upperBound { found.append(.tooLong(maximum: length.upperBound)) }
        for one in CharacterClass.allCases where required.contains(one) && !classes.contains(one) { found.append(.missing(one)) }
        if classes.contains(nil) { found.append(.unprintable) }
        if hasUser { found.append(.containsUserID) }
        return found
    }
}

extension RandomAccessCollection<UInt8> where Index == Int {
    /// Whether these bytes are anywhere in it; no bytes are nowhere.
    fileprivate func hasPart(_ part: [UInt8]) -> Bool {
        guard !part.isEmpty, part.count <= count else { return false }
        return (startIndex...endIndex - part.count).contains { start in part.indices.allSatisfy { self[start + $0] == part[$0] } }
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
    /// Lends the bytes of what is plain ASCII; `nil` for what is not.
    fileprivate func withPlainText<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R? {
        withBytes { bytes in
            unsafe bytes.withUnsafeBytes { bytes in
                unsafe bytes.allSatisfy { $0 < 0x80 } ? unsafe body(bytes) : nil
            }
        }
    }

    /// Lends the text in the form that is hashed (Unicode NFC) for as long as `body` runs; `nil` for no UTF-8.
    ///
    /// Swift finds the borders of characters in a `String` only: what is not plain ASCII becomes one here, and nothing wipes that.
    fileprivate func withText<R: ~Copyable, E: Error>(_ body: (String?) throws(E) -> R) throws(E) -> R {
        try withBytes { bytes throws(E) in
            try unsafe bytes.withUnsafeBytes { bytes throws(E) in
                try body(unsafe String(validating: bytes, as: UTF8.self).flatMap(\.composed))
            }
        }
    }

    /// The same text in Unicode NFC, which is what is hashed: `é` is one password however a keyboard writes it (RFC 8265, 4.2.2).
    ///
    /// What is no UTF-8, and what has no room on a page once it is composed, is hashed as it is.
    ///
    /// - Throws: ``Secrets/SecretBytesError``.
    func normalised() throws(SecretBytesError) -> SecretBytes {
        guard unsafe withPlainText({ _ in true }) == nil else { return try asItIs() }
        return try withText { text throws(SecretBytesError) in
            guard let text, text.utf8.count <= Self.capacity else { return try asItIs() }
            var result = try SecretBytes()
            try result.append(contentsOf: text.utf8.lazy.map(\.withoutZero))
            return result
        }
    }

    /// The bytes on another page, without zeros.
    private func asItIs() throws(SecretBytesError) -> SecretBytes {
        try withBytes { bytes throws(SecretBytesError) in
            try unsafe bytes.withUnsafeBytes { bytes throws(SecretBytesError) in
                var result = try SecretBytes()
                for index in 0..<count { try result.append(unsafe bytes[index].withoutZero) }
                return result
            }
        }
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
            // A compatible form can be eighteen times as long.
            guard result.count <= Self.capacity - 5 else { return try asItIs() }
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

extension UInt8 {
    /// The same byte; in place of zero one that no UTF-8 has.
    ///
    /// What hashes a secret takes it as a key of HMAC, for which zeros at the end are nothing (RFC 2104, 2).
    fileprivate var withoutZero: UInt8 { self == 0 ? 0xFF : self }
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
