import ArgumentParser
import Emulation
import Foundation

/// Who issues the certificates of an emulated card.
struct AuthorityOptions: ParsableArguments {
    @Option(help: "The file of the test authority that issues; it is made when it is not there.", completion: .file())
    var authority: String?
    @Option(help: "Where \"tessera emulate authority\" answers, for the certificates: http://HOST:PORT.")
    var revocation: String?

    func validate() throws {
        guard revocation == nil || authority != nil else { throw ValidationError("--revocation needs --authority.") }
        guard revocation.map({ URL(string: $0)?.scheme == "http" && URL(string: $0)?.host() != nil && $0.allSatisfy(\.isASCII) }) ?? true
        else {
            throw ValidationError("--revocation is a URL: http://HOST:PORT.")
        }
    }

    /// The authority that issues: the lower one of the file, or a root of this run.
    func make(now: Date) throws -> TestAuthority {
        guard let authority else { return try TestAuthority(now: now) }
        var issuing = try AuthorityFile.open(authority, now: now).issuing
        if let revocation { issuing.services = AuthorityService.addresses(of: .issuing, at: revocation) }
        return issuing
    }
}
