import ArgumentParser
import Emulation
import Foundation

/// Who issues the certificates of an emulated card.
struct AuthorityOptions: ParsableArguments {
    @Option(help: "The file of the test authority that issues; it is made when it is not there.", completion: .file())
    var authority: String?
    @Option(help: "Where \"tessera emulate authority\" answers, for the certificates: http://HOST:PORT.")
    var revocation: String?
    @Option(help: "When a new card's certificates become valid: 2026-01-31, or 2026-01-31T12:00:00Z (default: now).")
    var validFrom: Moment?
    @Option(help: "When they expire, likewise (default: three years later).")
    var validUntil: Moment?

    func validate() throws {
        for moment in [validFrom, validUntil].compactMap(\.self) where !Self.possible.contains(moment.date) {
            throw ValidationError("certificates have dates from 1970 to 9996, not \(moment.text)")
        }
        if let validFrom, let validUntil, validFrom.date >= validUntil.date {
            throw ValidationError("--valid-until comes after --valid-from.")
        }
        guard revocation == nil || authority != nil else { throw ValidationError("--revocation needs --authority.") }
        guard revocation.map({ URL(string: $0)?.scheme == "http" && URL(string: $0)?.host() != nil && $0.allSatisfy(\.isASCII) }) ?? true
        else {
            throw ValidationError("--revocation is a URL: http://HOST:PORT.")
        }
    }

    /// 1 January 1970 until 9996: what begins last ends before the year 10000, which dates do not have.
    private static let possible = Date(timeIntervalSince1970: 0)...Date(timeIntervalSince1970: 253_300_000_000)

    /// From when to when the certificates are valid, when the person says anything of it.
    func dates(now: Date) -> ClosedRange<Date>? {
        let years = TestAuthority.leafValidity
        switch (validFrom?.date, validUntil?.date) {
        case (nil, nil): return nil
        case (let from?, let until): return from...(until ?? from.addingTimeInterval(years))
        // What is over already has lasted as long as others do.
        case (nil, let until?):
            let second = Date(timeIntervalSince1970: now.timeIntervalSince1970.rounded(.down))
            return (until > second ? second : until.addingTimeInterval(-years))...until
        }
    }

    /// The authority that issues: the lower one of the file, or a root of this run, which lasts whenever its certificates do.
    func make(now: Date) throws -> TestAuthority {
        let dates = dates(now: now)
        guard let authority else {
            let first = min(now, dates?.lowerBound ?? now)
            let last = max(now.addingTimeInterval(TestAuthority.authorityValidity), dates?.upperBound ?? now)
            var root = try TestAuthority(now: first, validity: last.timeIntervalSince(first) + 1)
            root.leafDates = dates
            return root
        }
        var issuing = try AuthorityFile.open(authority, now: now).issuing
        if let revocation { issuing.services = AuthorityService.addresses(of: .issuing, at: revocation) }
        issuing.leafDates = dates
        return issuing
    }
}
