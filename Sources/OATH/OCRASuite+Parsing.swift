extension OCRASuite {
    /// Reads a suite, for example `OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1` (RFC 6287, 6.1 to 6.3).
    ///
    /// Strict: capitals, each input at most once and in the order C, Q, P, S, T, no defaults for what is not written.
    /// A question's length may be written with one digit (QH8), as in RFC 6287's own example; digits and time steps have no
    /// leading zeros, and no time step may be 0 hours, although its table has it.
    ///
    /// - Throws: ``OATHError/suite(_:offset:expected:)``.
    public init(parsing text: String) throws(OATHError) {
        try self.init(text, defaultSessionLength: nil)
    }

    /// Reads a suite as tiqr's servers write it: a bare `S`, which RFC 6287 does not know, stands for `S064`.
    ///
    /// The spelling goes into every code, so that a suite of that kind answers tiqr's servers and nobody else.
    ///
    /// - Throws: ``OATHError/suite(_:offset:expected:)``.
    public init(parsingTiqr text: String) throws(OATHError) {
        try self.init(text, defaultSessionLength: 64)
    }

    private init(_ text: String, defaultSessionLength: Int?) throws(OATHError) {
        var reader = Reader(text)
        try reader.expect("OCRA-1:")
        try reader.expect("HOTP-")
        let algorithm = try reader.hash()
        try reader.expect("-")
        let digits = try reader.number(of: 1...2, in: 0...10, "0, or 4 to 10, digits", isPadded: false) { $0 == 0 || $0 >= 4 }
        try reader.expect(":")

        let hasCounter = reader.skip("C-")
        try reader.expect("Q")
        let format = try reader.questionFormat()
        let length = try reader.number(of: 1...2, in: 4...64, "a question length of 4 to 64")

        var pinHash: HashAlgorithm?
        var sessionLength: Int?
        var timeSteps: TimeSteps?
        if reader.skip("-P") { pinHash = try reader.hash() }
        if reader.skip("-S") {
            let isBare = defaultSessionLength != nil && !reader.isAtDigit
            sessionLength = isBare ? defaultSessionLength : try reader.number(of: 3...3, in: 1...512, "a session length of 001 to 512")
        }
        if reader.skip("-T") { timeSteps = try reader.timeSteps() }
        try reader.expectEnd(after: timeSteps != nil ? "" : sessionLength != nil ? "T" : pinHash != nil ? "ST" : "PST")

        self.init(
            text: text, algorithm: algorithm, digits: digits, hasCounter: hasCounter, questionFormat: format, questionLength: length,
            pinHash: pinHash, sessionLength: sessionLength, timeSteps: timeSteps)
    }
}

/// A place in the text, and what may stand there.
private struct Reader {
    private let text: String
    private let bytes: [UInt8]
    private var offset = 0

    init(_ text: String) {
        self.text = text
        bytes = Array(text.utf8)
    }

    private func failure(_ expected: String) -> OATHError { .suite(text, offset: offset, expected: expected) }

    /// Whether `word` stands here; goes behind it.
    mutating func skip(_ word: String) -> Bool {
        guard bytes.dropFirst(offset).starts(with: word.utf8) else { return false }
        offset += word.utf8.count
        return true
    }

    var isAtDigit: Bool {
        bytes.dropFirst(offset).first.map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? false
    }

    mutating func expect(_ word: String) throws(OATHError) {
        guard skip(word) else { throw failure("\"\(word)\"") }
    }

    mutating func hash() throws(OATHError) -> HashAlgorithm {
        for algorithm in HashAlgorithm.allCases where skip(algorithm.rawValue) { return algorithm }
        throw failure("SHA1, SHA256 or SHA512")
    }

    mutating func questionFormat() throws(OATHError) -> OCRASuite.QuestionFormat {
        for format in [OCRASuite.QuestionFormat.alphanumeric, .numeric, .hexadecimal] where skip(format.rawValue) { return format }
        throw failure("A, N or H")
    }

    /// A decimal number with as many digits as `width` says, as many as there are.
    ///
    /// - Parameter isPadded: whether zeros may stand before it.
    mutating func number(
        of width: ClosedRange<Int>, in range: ClosedRange<Int>, _ expected: String, isPadded: Bool = true,
        where allowed: (Int) -> Bool = { _ in true }
    ) throws(OATHError) -> Int {
        let digits = bytes.dropFirst(offset).prefix(width.upperBound).prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        let value = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        guard digits.count >= width.lowerBound, range.contains(value), allowed(value),
            isPadded || digits.count == "\(value)".utf8.count
        else { throw failure(expected) }
        offset += digits.count
        return value
    }

    /// G: 1 to 59 seconds or minutes, or 1 to 48 hours.
    mutating func timeSteps() throws(OATHError) -> TimeSteps {
        let start = offset
        let count = try number(of: 1...2, in: 1...59, "a time step of 1 to 59", isPadded: false)
        if skip("S") { return try TimeSteps(of: .seconds(count)) }
        if skip("M") { return try TimeSteps(of: .seconds(count * 60)) }
        guard skip("H") else { throw failure("S, M or H") }
        guard count <= 48 else {
            offset = start
            throw failure("at most 48 hours")
        }
        return try TimeSteps(of: .seconds(count * 3600))
    }

    /// The end of the text, where only the inputs in `remaining` could still have stood.
    func expectEnd(after remaining: String) throws(OATHError) {
        guard offset < bytes.count else { return }
        throw failure((remaining.map { "\"-\($0)\"" } + ["the end"]).joined(separator: " or "))
    }
}
