public import Crypto

/// tiqr's question: `tiqrauth://USER@SERVER/SESSION/QUESTION/SERVICE/VERSION`, as its servers put it into a QR code.
///
/// Source: Tiqr/tiqr-server-libphp, `library/tiqr/Tiqr/Service.php`. The code covers question and session, and nothing that the
/// person sees: neither server nor service.
public struct TiqrChallenge: Sendable, Equatable {
    /// The longest text that is read, in bytes.
    public static let maximumLength = 2048

    /// Whom the server asks; `nil` when any identity on the phone may answer.
    public let userID: String?
    /// Which server asks, by the identifier that it gave itself at enrolment.
    public let server: String
    /// The session that the answer belongs to, 1 to 128 hexadecimal digits; goes into the code.
    public let sessionKey: String
    /// What the code answers, in hexadecimal digits.
    public let question: String
    /// The service that the person logs in to, for display.
    public let service: String
    /// The version of the protocol; old servers leave it out.
    public let version: Int?

    /// Puts the parts together.
    ///
    /// - Throws: ``OATHURIError/value(of:expected:)``.
    public init(
        userID: String? = nil, server: String, sessionKey: String, question: String, service: String, version: Int? = 2
    ) throws(OATHURIError) {
        for (part, digits) in [("session key", sessionKey), ("question", question)] {
            guard (1...128).contains(digits.utf8.count), digits.utf8.allSatisfy({ $0.hexDigitValue != nil }) else {
                throw .value(of: part, expected: "1 to 128 hexadecimal digits")
            }
        }
        guard !server.isEmpty, server.isPlainText, !server.contains(where: { "/@?#".contains($0) }) else {
            throw .value(of: "server", expected: "a name, such as that of a host")
        }
        guard userID.map({ !$0.isEmpty && $0.isPlainText }) ?? true else { throw .value(of: "user", expected: "a name, or none") }
        guard service.isPlainText else { throw .value(of: "service", expected: "a name") }
        guard version.map({ (1...2).contains($0) }) ?? true else { throw .value(of: "version", expected: "1 or 2") }
        self.userID = userID
        self.server = server
        self.sessionKey = sessionKey
        self.question = question
        self.service = service
        self.version = version
    }

    /// Reads a challenge, with or without user and version.
    ///
    /// - Throws: ``OATHURIError``.
    public init(parsing text: String) throws(OATHURIError) {
        guard text.utf8.count <= Self.maximumLength else { throw .tooLong(maximum: Self.maximumLength) }
        guard text.lowercased().hasPrefix(Self.scheme) else { throw .scheme(expected: Self.scheme) }
        let parts = text.dropFirst(Self.scheme.count).split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 4 else { throw .missing(["server", "session key", "question", "service"][parts.count]) }
        guard parts.count <= 5 else { throw .unknown("part behind the version") }
        let authority = parts[0].split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        var userID: String?
        if authority.count == 2 {
            guard let name = PercentEncoding.decode(authority[0], space: .plus) else { throw .encoding(of: "user") }
            userID = name
        }
        guard let server = authority.last.flatMap({ PercentEncoding.decode($0) }) else { throw .encoding(of: "server") }
        guard let service = PercentEncoding.decode(parts[3], space: .plus) else { throw .encoding(of: "service") }
        var version: Int?
        if parts.count == 5 {
            guard let number = String(parts[4]).decimal(as: Int.self) else { throw .value(of: "version", expected: "1 or 2") }
            version = number
        }
        try self.init(
            userID: userID, server: server, sessionKey: String(parts[1]), question: String(parts[2]), service: service, version: version)
    }

    private static let scheme = "tiqrauth://"

    /// The text that ``init(parsing:)`` reads.
    public var text: String {
        let user = userID.map { PercentEncoding.encode($0, space: .plus) + "@" } ?? ""
        let parts =
            [user + PercentEncoding.encode(server, keeping: ":"), sessionKey, question, PercentEncoding.encode(service, space: .plus)]
            + (version.map { ["\($0)"] } ?? [])
        return Self.scheme + parts.joined(separator: "/")
    }

    /// The code that answers, by the suite and the key of the enrolment.
    ///
    /// - Parameter suite: with `QH` and `S`, read by ``OCRASuite/init(parsingTiqr:)``.
    /// - Throws: ``OATHError`` when the suite takes other inputs, or a shorter question or session.
    public func code(suite: OCRASuite, key: SymmetricKey) throws(OATHError) -> String {
        // tiqr fills the digits up on the left, so that an odd one out is the first.
        let digits = sessionKey.utf8.count.isMultiple(of: 2) ? sessionKey : "0" + sessionKey
        let nibbles = digits.utf8.compactMap(\.hexDigitValue)
        let session = stride(from: 0, to: nibbles.count - 1, by: 2).map { nibbles[$0] << 4 | nibbles[$0 + 1] }
        return try OCRA(suite: suite, key: key).code(question: question, session: session)
    }
}
