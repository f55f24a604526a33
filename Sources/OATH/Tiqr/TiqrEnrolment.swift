/// The way to tiqr's enrolment: `tiqrenroll://https://SERVER/…`, behind which the phone finds ``TiqrMetadata``.
///
/// The address holds a key that is good once and for some minutes; whoever reads it first enrols.
public struct TiqrEnrolment: Sendable, Equatable {
    /// The longest text that is read, in bytes.
    public static let maximumLength = 2048

    private static let scheme = "tiqrenroll://"

    /// Where the metadata are; `https`, or `http` on this machine alone.
    public let metadataURL: String

    /// The enrolment behind an address.
    ///
    /// - Throws: ``OATHURIError/value(of:expected:)``.
    public init(metadataURL: String) throws(OATHURIError) {
        guard isTiqrAddress(metadataURL) else { throw .value(of: "address", expected: "one that begins with https://") }
        self.metadataURL = metadataURL
    }

    /// Reads the text of a QR code.
    ///
    /// - Throws: ``OATHURIError``.
    public init(parsing text: String) throws(OATHURIError) {
        guard text.utf8.count <= Self.maximumLength else { throw .tooLong(maximum: Self.maximumLength) }
        guard text.lowercased().hasPrefix(Self.scheme) else { throw .scheme(expected: Self.scheme) }
        try self.init(metadataURL: String(text.dropFirst(Self.scheme.count)))
    }

    /// The text that ``init(parsing:)`` reads.
    public var text: String { Self.scheme + metadataURL }
}

/// Whether a phone may send secrets there: a host, over TLS or inside this machine, and only characters that a URI has.
func isTiqrAddress(_ text: String) -> Bool {
    guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !"\"<>\\^`{|}".utf8.contains($0) }) else { return false }
    let parts = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { return false }
    let authority = parts[1].prefix { !"/?#".contains($0) }
    guard !authority.isEmpty, !authority.contains("@") else { return false }
    let host = authority.prefix { $0 != ":" }
    guard !host.isEmpty else { return false }
    return parts[0].lowercased() == "https" || (parts[0].lowercased() == "http" && (host == "localhost" || host == "127.0.0.1"))
}
