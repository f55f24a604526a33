import Foundation
import X509

/// Whether certificates are asked for that their authority took back, and where: in lists, in answers that lie ready, or of a responder.
///
/// Nothing is fetched unless ``fetch`` is given.
public struct RevocationCheck: Sendable {
    /// What happens when nobody can say.
    public enum Mode: String, Sendable, CaseIterable, Codable {
        /// Nobody is asked.
        case off
        /// A certificate that nobody vouches for is believed; one that was taken back is not.
        case prefer
        /// A certificate is believed only when a list or an answer vouches for it.
        case require
    }

    /// Asks a responder: the DER of an OCSP request (RFC 6960, 4.1.1) goes to its URL, the DER of its answer comes back, or nothing.
    ///
    /// It has a deadline of its own, and never follows a certificate to an address that the bank does not know.
    public typealias Fetch = @Sendable (_ request: [UInt8], _ responder: String) async -> [UInt8]?

    /// What happens when nobody can say.
    public let mode: Mode
    private let sources: @Sendable () -> RevocationSources
    private let fetch: Fetch?

    /// A way of asking.
    ///
    /// - Parameters:
    ///   - sources: what lies ready; asked anew for every chain, since lists are replaced by later ones.
    ///   - fetch: asks a responder for a certificate that names one; not called when list or response can tell.
    public init(_ mode: Mode = .prefer, sources: @escaping @Sendable () -> RevocationSources, fetch: Fetch? = nil) {
        self.mode = mode
        self.sources = sources
        self.fetch = fetch
    }

    /// A way of asking lists and answers that stay the same.
    ///
    /// - Throws: ``CertificateRefusal``, as ``RevocationSources/init(lists:responses:)``.
    public init(
        _ mode: Mode = .prefer, lists: [[UInt8]] = [], responses: [[UInt8]] = [], fetch: Fetch? = nil
    ) throws(CertificateRefusal) {
        let sources = try RevocationSources(lists: lists, responses: responses)
        self.init(mode, sources: { sources }, fetch: fetch)
    }

    /// Nobody is asked, because there is nobody to ask.
    public init() { self.init(sources: { RevocationSources(joining: []) }) }

    /// What is known of a certificate.
    enum Status: Hashable {
        /// Its authority says that it is good.
        case good
        /// Its authority took it back.
        case revoked(since: Date)
        /// Nobody can say; the text says why.
        case unknown(String)
    }

    /// Refuses a chain of which a certificate was taken back, the root apart, which nobody can take back.
    ///
    /// - Parameter stapled: answers that came along.
    func check(_ chain: some Sequence<Certificate>, stapled: [[UInt8]], at now: Date) async throws(CertificateRefusal) {
        guard mode != .off else { return }
        let known = sources()
        for (certificate, issuer) in zip(chain, chain.dropFirst()) {
            switch await status(of: certificate, from: issuer, in: known, stapled: stapled, at: now) {
            case .good: break
            case .revoked(let date): throw .revoked(since: date)
            case .unknown(let reason): if mode == .require { throw .revocationUnknown(reason) }
            }
        }
    }

    /// What lists and answers say of a certificate; one that says "revoked" outweighs all that say "good".
    private func status(
        of certificate: Certificate, from issuer: Certificate, in known: RevocationSources, stapled: [[UInt8]], at now: Date
    ) async -> Status {
        var found = Status.unknown("no list and no answer is about it")
        for list in known.lists where list.isFrom(issuer) {
            found = found.outweighed(by: list.status(of: certificate, from: issuer, at: now))
        }
        for response in stapled + known.responses {
            guard let status = OCSPAnswer.status(of: certificate, from: issuer, in: response, at: now) else { continue }
            found = found.outweighed(by: status)
        }
        guard case .unknown = found, let fetch, let responder = certificate.responder,
            let request = try? OCSPQuestion.request(for: certificate, from: issuer), let answer = await fetch(request, responder)
        else { return found }
        return OCSPAnswer.status(of: certificate, from: issuer, in: answer, at: now)
            ?? .unknown("the responder's answer is about another one")
    }
}

extension RevocationCheck.Status {
    fileprivate func outweighed(by other: Self) -> Self {
        switch (self, other) {
        case (.revoked, _): self
        case (_, .revoked): other
        case (.good, _): self
        case (_, .good), (.unknown, .unknown): other
        }
    }
}

extension Certificate {
    /// The URL of its OCSP responder (RFC 5280, 4.2.2.1); `nil` when it names none.
    fileprivate var responder: String? {
        guard let access = try? extensions.authorityInformationAccess else { return nil }
        for description in access where description.method == .ocspServer {
            if case .uniformResourceIdentifier(let url) = description.location { return url }
        }
        return nil
    }
}
