import Foundation
import HTTPDoor
import ISO7816

/// The bearer tokens of a file, one a line: a name, roles with commas, the token (RFC 6750, 2.1) in hexadecimal or Base64.
///
///     core  verifier,administrator  5f0c…
///
/// Empty lines and what begins with `#` are left out.
struct AccessTokens {
    /// One token, and who comes with it.
    struct Entry {
        let name: String
        let roles: Set<Role>
        /// As the client sends it behind `Bearer`.
        let token: String
    }

    /// The fewest bytes of a token, drawn at random: none can be guessed.
    static let leastBytes = 32

    let entries: [Entry]

    /// Reads a file that only its owner can read.
    static func read(_ name: String) throws(ServeConfigurationError) -> AccessTokens {
        try SecretPath.reading(name, for: "loopback.tokens") { bytes throws(ServeConfigurationError) in
            try AccessTokens(text: String(decoding: bytes, as: UTF8.self))
        }
    }

    /// Reads its text.
    ///
    /// - Throws: ``ServeConfigurationError``, which names the line and never what stands in it.
    init(text: String) throws(ServeConfigurationError) {
        let member = "loopback.tokens"
        var entries: [Entry] = []
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let parts = line.split(whereSeparator: \.isWhitespace).map(String.init)
            guard let first = parts.first, !first.hasPrefix("#") else { continue }
            let place = "line \(index + 1)"
            guard parts.count == 3 else {
                throw .init(.malformed, member, "\(place) is no name, roles and token", hint: "write: NAME ROLE,ROLE TOKEN")
            }
            guard !entries.contains(where: { $0.name == first }) else {
                throw .init(.contradiction, member, "\(place) has the name of another line", hint: "give each token its own name")
            }
            let roles = try ServeConfiguration.roles(parts[1].split(separator: ",").map(String.init), of: "\(member), \(place)")
            guard let bytes = Self.bytes(of: parts[2]) else {
                throw .init(.malformed, member, "\(place): the token is neither hexadecimal nor Base64", hint: Self.mend)
            }
            guard bytes.count >= Self.leastBytes, Set(bytes).count > 8 else {
                throw .init(.insecure, member, "\(place): the token can be guessed", hint: Self.mend)
            }
            guard !entries.contains(where: { $0.token == parts[2] }) else {
                throw .init(.contradiction, member, "\(place) has the token of another line", hint: Self.mend)
            }
            entries.append(Entry(name: first, roles: roles, token: parts[2]))
        }
        guard !entries.isEmpty else { throw .init(.missing, member, "the file holds no token", hint: Self.mend) }
        self.entries = entries
    }

    private static let mend = "\"openssl rand -hex 32\" draws one"

    private static func bytes(of text: String) -> [UInt8]? {
        if text.count.isMultiple(of: 2), let bytes = [UInt8](hexadecimal: text) { return bytes }
        return Data(base64Encoded: text).map(Array.init)
    }
}

/// Names are printed, tokens never.
extension AccessTokens.Entry: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    var description: String { "token \(name)" }
    var debugDescription: String { description }
    var customMirror: Mirror { Mirror(self, children: []) }
}
