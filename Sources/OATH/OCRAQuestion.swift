extension OCRASuite {
    /// What Q takes in the data input, whatever the question (RFC 6287, 5.1).
    static let questionByteCount = 128

    /// The 128 bytes of a question, or of the two of a mutual exchange, one text behind the other.
    ///
    /// - Throws: ``OATHError/questionLength(_:maximum:)``, ``OATHError/questionCharacter(offset:format:)``.
    func bytes(of question: String, ownQuestion: String?) throws(OATHError) -> [UInt8] {
        var text = try checked(question)
        if let ownQuestion { text += try checked(ownQuestion) }
        let bytes =
            switch questionFormat {
            case .alphanumeric: text
            case .hexadecimal: packed(text.compactMap(\.hexDigitValue))
            case .numeric: packed(hexadecimalDigits(ofDecimal: text))
            }
        return padded(bytes)
    }

    /// The 128 bytes of a question whose hexadecimal digits write `bytes`.
    ///
    /// - Throws: ``OATHError/questionLength(_:maximum:)``.
    func bytes(ofHexadecimal bytes: [UInt8]) throws(OATHError) -> [UInt8] {
        let length = bytes.count * 2
        guard (1...questionLength).contains(length) else { throw .questionLength(length, maximum: questionLength) }
        return padded(bytes)
    }

    /// Two questions of 64 letters fill Q; digits of either kind take half.
    private func padded(_ bytes: [UInt8]) -> [UInt8] {
        bytes + Array(repeating: 0, count: Self.questionByteCount - bytes.count)
    }

    private func checked(_ question: String) throws(OATHError) -> [UInt8] {
        let text = Array(question.utf8)
        guard (1...questionLength).contains(text.count) else { throw .questionLength(text.count, maximum: questionLength) }
        for (offset, character) in text.enumerated() where !questionFormat.allows(character) {
            throw .questionCharacter(offset: offset, format: questionFormat)
        }
        return text
    }

    /// The number that the decimal digits write, in hexadecimal digits without leading zeros, the first one first.
    private func hexadecimalDigits(ofDecimal text: [UInt8]) -> [UInt8] {
        var digits: [UInt8] = [0]  // the last one first
        for character in text {
            var carry = character & 0x0F
            for index in digits.indices {
                let value = digits[index] * 10 + carry
                digits[index] = value & 0x0F
                carry = value >> 4
            }
            if carry > 0 { digits.append(carry) }
        }
        return digits.reversed()
    }

    /// Two digits a byte; an odd last one is followed by a zero, on the right even when the digits write a number.
    private func packed(_ digits: [UInt8]) -> [UInt8] {
        stride(from: 0, to: digits.count, by: 2).map { index in
            digits[index] << 4 | (index + 1 < digits.count ? digits[index + 1] : 0)
        }
    }
}

extension OCRASuite.QuestionFormat {
    fileprivate func allows(_ character: UInt8) -> Bool {
        switch self {
        case .numeric: character.isASCIIDigit
        case .hexadecimal: character.hexDigitValue != nil
        case .alphanumeric:
            character.isASCIIDigit || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(character | 0x20)
        }
    }
}

extension UInt8 {
    fileprivate var isASCIIDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    /// What a hexadecimal digit of either case stands for.
    var hexDigitValue: UInt8? {
        if isASCIIDigit { return self & 0x0F }
        let letter = self | 0x20
        return (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(letter) ? letter - UInt8(ascii: "a") + 10 : nil
    }
}
