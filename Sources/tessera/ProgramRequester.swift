import Foundation
import Verification

extension Requester {
    /// Who runs a command: the user, as a Unix socket of the bridge would name them, and behind `sudo` the one who called it.
    ///
    /// What a user is called and a clerk is not has its bytes escaped as in URLs, and its end is left out beyond 64 characters.
    init(user: uid_t = geteuid(), environment: [String: String] = ProcessInfo.processInfo.environment) {
        let printable = CharacterSet(charactersIn: "!"..."~")
        let name = environment["SUDO_USER"]?.addingPercentEncoding(withAllowedCharacters: printable)?.prefix(Self.clerkLimit)
        let clerk = name.flatMap { $0.isEmpty ? nil : String($0) }
        self = Requester(caller: "uid \(user)", clerk: clerk) ?? Requester(caller: "uid \(user)")
    }
}
