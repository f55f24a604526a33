import HTTPTypes

/// The path and query of a request, of which there is one way to write each (RFC 9112, 3.2.1, origin-form).
///
/// Whatever two programs could read differently is refused: dots that climb, empty segments, separators and control
/// characters behind percent signs, bytes that are no UTF-8.
struct RequestTarget {
    /// The path without the query, as it came.
    let path: Substring

    /// Most bytes of path and query.
    static let longest = 8_192

    /// Checks the target of a request.
    ///
    /// - Throws: ``Problem`` 400 `invalidRequest`, 414 `tooLarge`.
    init(_ target: String?) throws(Problem) {
        guard let target, target.utf8.first == 0x2F else { throw .badTarget("it does not begin with \"/\"") }
        guard target.utf8.count <= Self.longest else {
            throw Problem(
                .uriTooLong, "tooLarge", "the request's path and query have more than \(Self.longest) bytes",
                userAction: "ask for less at once")
        }
        guard target.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != 0x23 && $0 != 0x5C }) else {
            throw .badTarget("it has characters that need percent encoding")
        }
        let end = target.firstIndex(of: "?") ?? target.endIndex
        path = target[..<end]
        for segment in path.dropFirst().split(separator: "/", omittingEmptySubsequences: false).dropLast() where segment.isEmpty {
            throw .badTarget("it has an empty segment")
        }
        for segment in path.split(separator: "/") {
            let bytes = try Self.decoded(segment)
            guard bytes != [0x2E], bytes != [0x2E, 0x2E] else { throw .badTarget("it has a segment of dots alone") }
            guard !bytes.contains(0x2F), !bytes.contains(0x5C) else { throw .badTarget("it has a separator behind a percent sign") }
        }
        if end != target.endIndex { _ = try Self.decoded(target[target.index(after: end)...]) }
    }

    private static func decoded(_ text: Substring) throws(Problem) -> [UInt8] {
        // Without a percent sign it is what stands there, and the characters were looked at.
        guard text.utf8.contains(0x25) else { return Array(text.utf8) }
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == 0x25 else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                throw .badTarget("it has a percent sign without two hexadecimal digits")
            }
            bytes.append(high << 4 | low)
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else { throw .badTarget("it is no UTF-8") }
        guard !decoded.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) }) else {
            throw .badTarget("it has control characters")
        }
        return bytes
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }
}

extension Problem {
    fileprivate static func badTarget(_ why: String) -> Problem {
        Problem(.badRequest, "invalidRequest", "the request's path or query cannot be used: \(why)", userAction: "encode it by RFC 3986")
    }
}
