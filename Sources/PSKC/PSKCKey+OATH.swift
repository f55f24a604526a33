public import OATH

extension PSKCKey {
    /// The codes of an HOTP key; `nil` for a key of another kind, or without secret, or over a hash that nobody here knows.
    ///
    /// - Throws: ``OATH/OATHError/digits(_:)`` when its answers have a length that HOTP does not know.
    public func hotp() throws(OATHError) -> HOTP? {
        guard algorithm == .hotp, let secret, let hash else { return nil }
        return try HOTP(key: secret, digits: digits, algorithm: hash)
    }

    /// The codes of a TOTP key; `nil` for a key of another kind, or without secret, or over a hash that TOTP does not know.
    ///
    /// - Throws: ``OATH/OATHError/digits(_:)``, ``OATH/OATHError/timeStep(_:)``.
    public func totp() throws(OATHError) -> TOTP? {
        guard algorithm == .totp, let secret, let hash else { return nil }
        return try TOTP(key: secret, digits: digits, algorithm: hash, step: .seconds(Int64(timeInterval ?? 30)))
    }

    /// The codes of an OCRA key; `nil` for a key of another kind, or without secret.
    ///
    /// - Throws: ``OATH/OATHError/suite(_:offset:expected:)``.
    public func ocra() throws(OATHError) -> OCRA? {
        guard algorithm == .ocra, let secret else { return nil }
        return try OCRA(suite: OCRASuite(parsing: suite ?? ""), key: secret)
    }

    /// Whether its answers are decimal digits and nothing else: no check digit behind them, no other encoding.
    public var hasPlainCodes: Bool { responseFormat.map { $0.encoding == .decimal && !$0.hasCheckDigit } ?? true }

    /// 6 unless the response format says otherwise.
    private var digits: Int { responseFormat.map { Int($0.length) } ?? 6 }

    /// The hash that the suite names, `HMAC-SHA256` or `SHA256`; SHA-1 when there is no suite.
    private var hash: HashAlgorithm? {
        guard let suite else { return .sha1 }
        let name = suite.uppercased()
        return HashAlgorithm(rawValue: name.hasPrefix("HMAC-") ? String(name.dropFirst(5)) : name)
    }
}
