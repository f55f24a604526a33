import Crypto

extension KeyURI {
    /// Reads a URI.
    ///
    /// Strict: the secret is Base32 with no bits left over, `issuer` and the prefix of the label are the same when both are there,
    /// HOTP has a counter and TOTP none, no parameter is unknown or there twice. Scheme, type, and hash may have either case.
    ///
    /// - Throws: ``OATHURIError``.
    public init(parsing text: String) throws(OATHURIError) {
        guard text.utf8.count <= Self.maximumLength else { throw .tooLong(maximum: Self.maximumLength) }
        let scheme = "otpauth://"
        guard text.lowercased().hasPrefix(scheme) else { throw .scheme(expected: scheme) }
        let halves = text.dropFirst(scheme.count).split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard halves.count == 2 else { throw .missing("secret") }
        guard !halves[1].contains("#") else { throw .unknown("fragment") }
        let path = halves[0].split(separator: "/", omittingEmptySubsequences: false)
        guard path.count == 2 else { throw .missing("label") }
        let isCounted =
            switch path[0].lowercased() {
            case "hotp": true
            case "totp": false
            default: throw .value(of: "type", expected: "hotp or totp")
            }

        var fields: [String: String] = [:]
        for (name, value) in try PercentEncoding.parameters(of: halves[1]) {
            guard ["secret", "issuer", "algorithm", "digits", isCounted ? "counter" : "period"].contains(name) else {
                throw .unknown(name)
            }
            fields[name] = value
        }
        let (prefix, account) = try Self.label(path[1])
        if let prefix, let issuer = fields["issuer"], prefix != issuer { throw .contradiction("issuer", "label") }

        guard let secret = fields["secret"], !secret.isEmpty else { throw .missing("secret") }
        guard let bytes = Base32.decode(secret), !bytes.isEmpty else { throw .value(of: "secret", expected: "Base32 of whole bytes") }
        try self.init(
            key: SymmetricKey(data: bytes), account: account, issuer: fields["issuer"] ?? prefix,
            algorithm: try Self.algorithm(fields["algorithm"]), digits: try Self.digits(fields["digits"]),
            factor: isCounted ? .counter(try Self.counter(fields["counter"])) : .period(try Self.period(fields["period"])))
    }

    /// An account, or an issuer, a colon (encoded or not), spaces and an account.
    private static func label(_ text: Substring) throws(OATHURIError) -> (issuer: String?, account: String) {
        guard let label = PercentEncoding.decode(text) else { throw .encoding(of: "label") }
        let halves = label.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard halves.count == 2 else { return (nil, label) }
        return (String(halves[0]), String(halves[1].drop { $0 == " " }))
    }

    private static func algorithm(_ text: String?) throws(OATHURIError) -> HashAlgorithm {
        guard let text else { return .sha1 }
        guard let algorithm = HashAlgorithm(rawValue: text.uppercased()) else {
            throw .value(of: "algorithm", expected: "SHA1, SHA256 or SHA512")
        }
        return algorithm
    }

    private static func digits(_ text: String?) throws(OATHURIError) -> Int {
        guard let text else { return 6 }
        guard let digits = text.decimal(as: Int.self) else { throw .value(of: "digits", expected: "6 to 10") }
        return digits
    }

    private static func period(_ text: String?) throws(OATHURIError) -> Int {
        guard let text else { return 30 }
        guard let period = text.decimal(as: Int.self) else { throw .value(of: "period", expected: "1 to 86400 seconds") }
        return period
    }

    private static func counter(_ text: String?) throws(OATHURIError) -> UInt64 {
        guard let text else { throw .missing("counter") }
        guard let counter = text.decimal(as: UInt64.self) else { throw .value(of: "counter", expected: "a number from 0 to 2^64 - 1") }
        return counter
    }
}
