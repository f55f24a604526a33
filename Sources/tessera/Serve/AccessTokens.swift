import Foundation
import HTTPDoor
import Secrets

/// The bearer tokens of a file, one a line: a name, roles with commas, the token (RFC 6750, 2.1) in hexadecimal or Base64.
///
///     core  verifier,administrator  5f0c…
///
/// Empty lines and what begins with `#` are left out. A token goes from the file's bytes, which are wiped, to a page of its own.
struct AccessTokens {
    /// One token, and who comes with it.
    struct Entry {
        let name: String
        let roles: Set<Role>
        /// As the client sends it behind `Bearer`.
        let token: BearerToken
    }

    /// The fewest bytes of a token, drawn at random: none can be guessed.
    static let leastBytes = 32

    let entries: [Entry]

    /// Reads a file that only its owner can read.
    static func read(_ name: String) throws(ServeConfigurationError) -> AccessTokens {
        try SecretPath.reading(name, for: member) { bytes throws(ServeConfigurationError) in try AccessTokens(bytes) }
    }

    private static let member = "loopback.tokens"

    /// Reads its bytes, and keeps none of them but on a token's own page.
    ///
    /// - Throws: ``ServeConfigurationError``, which names the line and never what stands in it.
    init(_ bytes: some Collection<UInt8>) throws(ServeConfigurationError) {
        let member = Self.member
        var entries: [Entry] = []
        let lines = bytes.split(omittingEmptySubsequences: false) { $0 == UInt8(ascii: "\n") }
        for (index, line) in lines.enumerated() {
            let parts = line.split { [0x20, 0x09, 0x0D].contains($0) }
            guard let first = parts.first, first.first != UInt8(ascii: "#") else { continue }
            let place = "line \(index + 1)"
            guard parts.count == 3 else {
                throw .init(.malformed, member, "\(place) is no name, roles and token", hint: "write: NAME ROLE,ROLE TOKEN")
            }
            let name = String(decoding: first, as: UTF8.self)
            guard !entries.contains(where: { $0.name == name }) else {
                throw .init(.contradiction, member, "\(place) has the name of another line", hint: "give each token its own name")
            }
            let words = String(decoding: parts[1], as: UTF8.self).split(separator: ",").map(String.init)
            let roles = try ServeConfiguration.roles(words, of: "\(member), \(place)")
            let token = try Self.token(parts[2], of: name, roles, at: place)
            guard !entries.contains(where: { $0.token.hasWord(of: token) }) else {
                throw .init(.contradiction, member, "\(place) has the token of another line", hint: Self.mend)
            }
            entries.append(Entry(name: name, roles: roles, token: token))
        }
        guard !entries.isEmpty else { throw .init(.missing, member, "the file holds no token", hint: Self.mend) }
        self.entries = entries
    }

    private static let mend = "\"openssl rand -hex 32\" draws one"

    private static func token(
        _ text: some Collection<UInt8>, of name: String, _ roles: Set<Role>, at place: String
    ) throws(ServeConfigurationError) -> BearerToken {
        let unreadable = ServeConfigurationError(
            .malformed, member, "\(place): the token is neither hexadecimal nor Base64", hint: mend)
        // Longer ones than a page are none that was drawn.
        let judged: Bool?
        do throws(SecretBytesError) { judged = try isStrong(text) } catch { throw unreadable }
        guard let judged else { throw unreadable }
        guard judged, let secret = try? SecretBytes.copying(text), let token = try? BearerToken(name, secret: secret, roles: roles) else {
            throw .init(.insecure, member, "\(place): the token can be guessed", hint: mend)
        }
        return token
    }

    /// Whether a token has enough bytes, of enough kinds; `nil` for one that is neither hexadecimal nor Base64.
    private static func isStrong(_ text: some Collection<UInt8>) throws(SecretBytesError) -> Bool? {
        if let bytes = try SecretText.hexadecimal(text) { return isStrong(bytes) }
        if let bytes = try SecretText.base64(text) { return isStrong(bytes) }
        return nil
    }

    private static func isStrong(_ secret: borrowing SecretBytes) -> Bool {
        secret.count >= leastBytes
            && secret.withBytes { bytes in
                Set(bytes.byteOffsets.map { unsafe bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }).count > 8
            }
    }
}

/// Names are printed, tokens never.
extension AccessTokens.Entry: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    var description: String { "token \(name)" }
    var debugDescription: String { description }
    var customMirror: Mirror { Mirror(self, children: []) }
}
