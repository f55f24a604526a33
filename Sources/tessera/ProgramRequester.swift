import Foundation
import Verification

extension Requester {
    /// Who runs a command: the user, as a Unix socket of the bridge would name them, and behind `sudo` the one who called it.
    ///
    /// What a user is called and a clerk is not has its bytes escaped as in URLs (RFC 3986, 2.1), and its end is left out beyond 64 characters.
    init(user: uid_t = geteuid(), environment: [String: String] = ProcessInfo.processInfo.environment) {
        let literal = CharacterSet(charactersIn: "!"..."~").subtracting(CharacterSet(charactersIn: "%"))
        var clerk = ""
        for letter in environment["SUDO_USER"] ?? "" {
            guard let written = String(letter).addingPercentEncoding(withAllowedCharacters: literal),
                clerk.utf8.count + written.utf8.count <= Self.clerkLimit
            else { break }
            clerk += written
        }
        self = Requester(caller: "uid \(user)", clerk: clerk.isEmpty ? nil : clerk) ?? Requester(caller: "uid \(user)")
    }
}
