import HTTPTypes

/// One look over the JSON of a request (RFC 8259) before it is decoded: doubled members are refused, and secrets can be taken out of it.
///
/// A decoder keeps one of two members of the same name, and other programs the other.
package struct JSONText {
    /// How deep objects and lists can stand in each other; no request of ours needs more than five.
    package static let depthLimit = 32
    /// The most bytes of a member's name, all of ASCII; no object of ours has a longer one.
    package static let nameLimit = 64
    /// The most bytes of a text that is not of ASCII alone, without its escapes; secrets have a page.
    ///
    /// Swift brings such a text to one form (Unicode, annex 15) wherever it is compared or hashed, which takes the square of its length.
    package static let textLimit = 2_048
    /// What is done with a string that is a secret, at its path: `questions[0].answer`; it has to take the string out.
    package typealias Take = (_ text: inout JSONText, _ path: String) throws(Problem) -> Void

    /// The text, without its secrets.
    package private(set) var bytes: [UInt8]
    private let secretNames: Set<String>
    private var index = 0

    /// Looks over a body.
    ///
    /// - Parameters:
    ///   - body: given up by the caller, so that nobody keeps its secrets; wiped when it is refused.
    ///   - secretNames: the members whose text is a secret.
    /// - Throws: ``Problem`` 400 `invalidRequest`, and what `take` throws.
    package init(_ body: consuming [UInt8], secretNames: Set<String> = [], take: Take) throws(Problem) {
        bytes = body
        self.secretNames = secretNames
        do throws(Problem) {
            try value(at: [], isSecret: false, take)
            skipSpace()
            guard index == bytes.count else { throw refusal }
        } catch {
            bytes.wipe()
            throw error
        }
    }

    /// Refuses what is no JSON, or could be read two ways.
    ///
    /// - Throws: ``Problem`` 400 `invalidRequest`.
    package static func check(_ body: consuming [UInt8]) throws(Problem) {
        let take: Take = { text, _ throws(Problem) in try text.takeOut { _ in } }
        _ = try JSONText(body, take: take)
    }

    fileprivate enum Step {
        case member(String), entry(Int)
    }

    private mutating func value(at path: [Step], isSecret: Bool, _ take: Take) throws(Problem) {
        guard path.count <= Self.depthLimit else { throw refusal }
        skipSpace()
        switch peek {
        case UInt8(ascii: "{"): try object(at: path, take)
        case UInt8(ascii: "["): try list(at: path, take)
        case UInt8(ascii: "\""):
            if isSecret { try take(&self, Self.told(path)) } else { try text() }
        case .some:
            // Numbers and literals: the decoder looks at them.
            let start = index
            while let byte = peek, Self.isOfLiteral(byte) { index += 1 }
            guard index > start else { throw refusal }
        case nil: throw refusal
        }
    }

    private mutating func object(at path: [Step], _ take: Take) throws(Problem) {
        index += 1
        var names: Set<String> = []
        skipSpace()
        guard peek != UInt8(ascii: "}") else { return index += 1 }
        while true {
            skipSpace()
            guard peek == UInt8(ascii: "\"") else { throw refusal }
            let name = try name()
            guard names.insert(name).inserted else {
                throw Problem(
                    .badRequest, "invalidRequest", "a member stands twice in the same object of the request",
                    userAction: "send each member once")
            }
            skipSpace()
            try expect(":")
            try value(at: path + [.member(name)], isSecret: secretNames.contains(name), take)
            skipSpace()
            if peek == UInt8(ascii: "}") { return index += 1 }
            try expect(",")
        }
    }

    private mutating func list(at path: [Step], _ take: Take) throws(Problem) {
        index += 1
        skipSpace()
        guard peek != UInt8(ascii: "]") else { return index += 1 }
        var count = 0
        while true {
            try value(at: path + [.entry(count)], isSecret: false, take)
            count += 1
            skipSpace()
            if peek == UInt8(ascii: "]") { return index += 1 }
            try expect(",")
        }
    }

    /// Reads a member's name; it is looked at as bytes before it is compared with others.
    private mutating func name() throws(Problem) -> String {
        var name: [UInt8] = []
        try eachByte { if name.count <= Self.nameLimit { name.append($0) } }
        guard name.count <= Self.nameLimit, name.allSatisfy({ $0 < 0x80 }) else {
            throw Problem(
                .badRequest, "unknownMember",
                "the request has a member whose name has more than \(Self.nameLimit) bytes, or is not of ASCII",
                userAction: "leave it out")
        }
        return String(decoding: name, as: UTF8.self)
    }

    /// Reads over a text.
    private mutating func text() throws(Problem) {
        var (count, isASCII) = (0, true)
        try eachByte {
            count += 1
            isASCII = isASCII && $0 < 0x80
        }
        guard isASCII || count <= Self.textLimit else {
            throw Problem(
                .badRequest, "invalidRequest", "a text of the request has more than \(Self.textLimit) bytes, and not of ASCII alone",
                userAction: "send a shorter text")
        }
    }

    /// Reads a string from its opening quotation mark on, with its escapes (RFC 8259, section 7), and leaves spaces in its place.
    package mutating func takeOut(_ take: (UInt8) -> Void) throws(Problem) {
        let start = index + 1
        try eachByte(take)
        for place in start..<max(start, index - 1) { bytes[place] = UInt8(ascii: " ") }
    }

    private mutating func eachByte(_ take: (UInt8) -> Void) throws(Problem) {
        index += 1
        while let byte = peek {
            index += 1
            switch byte {
            case UInt8(ascii: "\""): return
            case ..<0x20: throw refusal
            case UInt8(ascii: "\\"):
                guard let escaped = peek else { throw refusal }
                index += 1
                switch escaped {
                case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): take(escaped)
                case UInt8(ascii: "b"): take(0x08)
                case UInt8(ascii: "f"): take(0x0C)
                case UInt8(ascii: "n"): take(0x0A)
                case UInt8(ascii: "r"): take(0x0D)
                case UInt8(ascii: "t"): take(0x09)
                case UInt8(ascii: "u"): for byte in UTF8.encode(try scalar()) ?? .init() { take(byte) }
                default: throw refusal
                }
            default: take(byte)
            }
        }
        throw refusal
    }

    /// The character of an escape in UTF-16, one unit or a pair of them.
    private mutating func scalar() throws(Problem) -> Unicode.Scalar {
        let first = try unit()
        if let scalar = Unicode.Scalar(UInt32(first)) { return scalar }
        guard UTF16.isLeadSurrogate(first), peek == UInt8(ascii: "\\") else { throw refusal }
        index += 1
        try expect("u")
        let second = try unit()
        guard UTF16.isTrailSurrogate(second),
            let scalar = Unicode.Scalar(0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00))
        else { throw refusal }
        return scalar
    }

    private mutating func unit() throws(Problem) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { throw refusal }
            unit = unit << 4 | UInt16(truncatingIfNeeded: digit)
            index += 1
        }
        return unit
    }

    private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func expect(_ character: Unicode.Scalar) throws(Problem) {
        guard peek == UInt8(ascii: character) else { throw refusal }
        index += 1
    }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { index += 1 }
    }

    private static func isOfLiteral(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "E"), UInt8(ascii: "+"),
            UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    private var refusal: Problem {
        Problem(
            .badRequest, "invalidRequest", bytes.isEmpty ? "the request has no body" : "the body is no JSON: look at byte \(index)",
            userAction: "send one JSON object (RFC 8259) in UTF-8")
    }

    private static func told(_ path: [Step]) -> String {
        path.reduce(into: "") { text, step in
            switch step {
            case .member(let name): text += text.isEmpty ? name : ".\(name)"
            case .entry(let index): text += "[\(index)]"
            }
        }
    }
}
