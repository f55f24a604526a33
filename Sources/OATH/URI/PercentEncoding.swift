/// Text inside a URI (RFC 3986, 2.1).
enum PercentEncoding {
    /// Who writes a space as `+`: HTML forms and PHP do, RFC 3986 does not.
    enum Space { case percent, plus }

    private static let digits = Array("0123456789ABCDEF".utf8)

    /// Everything but letters, digits and `-._~` becomes `%` and two digits a byte.
    static func encode(_ text: String, space: Space = .percent, keeping kept: String = "") -> String {
        let kept = Array(kept.utf8)
        let bytes = text.utf8.flatMap { byte -> [UInt8] in
            if isUnreserved(byte) || kept.contains(byte) { return [byte] }
            if space == .plus, byte == UInt8(ascii: " ") { return [UInt8(ascii: "+")] }
            return [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 0x0F)]]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The text that is meant.
    ///
    /// - Returns: `nil` for a `%` without two hexadecimal digits, what is no UTF-8, a character that no URI can have as it is,
    ///   or one that steers a terminal or hides text.
    static func decode(_ text: some StringProtocol, space: Space = .percent) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst()?.hexDigitValue, let low = rest.popFirst()?.hexDigitValue else { return nil }
                bytes.append(high << 4 | low)
            case UInt8(ascii: "+") where space == .plus: bytes.append(UInt8(ascii: " "))
            case 0x21...0x7E: bytes.append(byte)
            default: return nil
            }
        }
        guard let decoded = String(validating: bytes, as: UTF8.self), decoded.isPlainText else { return nil }
        return decoded
    }

    /// The parameters of a query or form, in their order.
    ///
    /// - Throws: ``OATHURIError`` when one is malformed or there twice.
    static func parameters(
        of query: some StringProtocol, space: Space = .percent
    ) throws(OATHURIError) -> [(name: String, value: String)] {
        var found: [(name: String, value: String)] = []
        for field in query.split(separator: "&", omittingEmptySubsequences: false) {
            let halves = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let first = halves.first, let name = decode(first, space: space), !name.isEmpty else { throw .encoding(of: "parameters") }
            guard halves.count == 2, let value = decode(halves[1], space: space) else { throw .encoding(of: name) }
            guard !found.contains(where: { $0.name == name }) else { throw .repeated(name) }
            found.append((name, value))
        }
        return found
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "-._~".utf8.contains(byte)
        }
    }
}

extension String {
    /// Whether no character steers a terminal, hides text or turns its direction.
    var isPlainText: Bool {
        unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
            default: true
            }
        }
    }

    /// A decimal number of ASCII digits, without sign or leading zeros; `nil` when it is none or too large.
    func decimal<Number: FixedWidthInteger>(as type: Number.Type = Number.self) -> Number? {
        guard utf8.first != UInt8(ascii: "-"), let number = Number(self), "\(number)" == self else { return nil }
        return number
    }
}
