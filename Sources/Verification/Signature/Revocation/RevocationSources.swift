/// Where it stands which certificates their authorities took back: lists and answers that lie ready, read.
public struct RevocationSources: Sendable {
    let lists: [RevocationList]
    let responses: [[UInt8]]

    /// Reads lists.
    ///
    /// - Parameters:
    ///   - lists: certificate revocation lists (RFC 5280, 5), DER, at most 16 MiB each.
    ///   - responses: OCSP responses (RFC 6960), DER, that somebody got before: stapled, or from files.
    /// - Throws: ``CertificateRefusal/malformedRevocationList``, ``CertificateRefusal/malformedRevocationAnswer`` for what cannot be read. Who
    ///   has signed it is looked at when it is used.
    public init(lists: [[UInt8]] = [], responses: [[UInt8]] = []) throws(CertificateRefusal) {
        var read: [RevocationList] = []
        for der in lists { read.append(try RevocationList(der: der)) }
        for response in responses where !OCSPAnswer.isReadable(response) { throw .malformedRevocationAnswer }
        self.lists = read
        self.responses = responses
    }

    /// All that stands in several.
    public init(joining all: [RevocationSources]) {
        lists = all.flatMap(\.lists)
        responses = all.flatMap(\.responses)
    }
}
