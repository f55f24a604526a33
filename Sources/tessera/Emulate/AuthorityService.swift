import Emulation
import Foundation

/// What a test authority answers over HTTP: its certificates, its lists, and OCSP; RFC 5280 and RFC 6960, appendix A.
struct AuthorityService: Sendable {
    /// The two authorities of a file, by the first part of a path.
    enum Authority: String, CaseIterable {
        case root, issuing
    }

    /// An answer that has content.
    struct Answer: Equatable {
        let type: String
        let body: [UInt8]
    }

    let root: TestAuthority
    let issuing: TestAuthority
    /// What each has revoked of its own certificates.
    var revoked: [Authority: [RevokedCertificate]] = [:]
    /// The serial numbers that each denies.
    var unknown: [Authority: Set<[UInt8]>] = [:]

    /// What certificates issued by `authority` say of a service at `base`.
    static func addresses(of authority: Authority, at base: String) -> RevocationServices {
        let base = base.hasSuffix("/") ? String(base.dropLast()) : base
        return RevocationServices(list: "\(base)/\(authority.rawValue).crl", responder: "\(base)/\(authority.rawValue)")
    }

    /// Which of the two has issued a certificate (DER).
    func issuer(of certificate: [UInt8]) -> Authority? { Authority.allCases.first { self[$0].hasIssued(certificate) } }

    /// Answers a request; `nil` for a path that has nothing.
    ///
    /// - Parameter path: percent-encoded, without query.
    func answer(_ method: String, _ path: String, body: [UInt8], now: Date) throws -> Answer? {
        let parts = path.split(separator: "/", maxSplits: 1)
        guard let first = parts.first else { return nil }
        switch (method, Authority(rawValue: String(first)), parts.dropFirst().first) {
        case ("POST", let authority?, nil): return response(authority, to: body, now: now)
        case ("GET", let authority?, let request?):
            guard let text = request.removingPercentEncoding, let bytes = Data(base64Encoded: text) else { return nil }
            return response(authority, to: Array(bytes), now: now)
        case ("GET", nil, nil): return try file(String(first), now: now)
        default: return nil
        }
    }

    private func response(_ authority: Authority, to request: [UInt8], now: Date) -> Answer {
        Answer(
            type: "application/ocsp-response",
            body: self[authority].ocspResponse(
                to: request, revoked: revoked[authority] ?? [], unknown: unknown[authority] ?? [], now: now))
    }

    private func file(_ name: String, now: Date) throws -> Answer? {
        for authority in Authority.allCases {
            switch name {
            case "\(authority.rawValue).crl":
                // A number of its own for each second: higher in each new list.
                let list = try self[authority].revocationList(
                    of: revoked[authority] ?? [], number: Int(now.timeIntervalSince1970), now: now)
                return Answer(type: "application/pkix-crl", body: list)
            case "\(authority.rawValue).cer":
                return Answer(type: "application/pkix-cert", body: self[authority].certificate)
            default: continue
            }
        }
        return nil
    }

    private subscript(_ authority: Authority) -> TestAuthority {
        switch authority {
        case .root: root
        case .issuing: issuing
        }
    }
}
