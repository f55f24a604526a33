import HTTPDoor
import HTTPTypes
import Secrets
import Verification

/// One look over the JSON of a request before it is decoded: what could be read two ways is refused, and secrets are taken out of it.
///
/// A secret's text goes from the body straight to a page of its own (``Secrets/SecretBytes``), and spaces are left in its place.
struct JSONScan {
    /// The members whose text is a secret.
    static let secretNames: Set<String> = [
        "password", "old", "new", "initialPassword", "newPassword", "activationCode", "challengeCode", "helpdeskCode", "answer",
    ]
    /// The most secrets of one request: each has a page of locked memory, of which a process has few.
    static let secretLimit = 32

    /// The body, without its secrets.
    let bytes: [UInt8]
    /// The secrets by their paths: `questions[0].answer`.
    let secrets: [String: HeldSecret]

    /// Looks over a body.
    ///
    /// - Parameter body: given up by the caller, so that nobody keeps its secrets.
    /// - Throws: ``HTTPDoor/Problem`` 400 `invalidRequest`, also for more than 32 secrets; 422 `tooLong` for a secret of more than a page.
    init(_ body: consuming [UInt8]) throws(Problem) {
        var taken: [String: HeldSecret] = [:]
        let take: JSONText.Take = { text, path throws(Problem) in
            guard taken.count < Self.secretLimit else { throw .tooManySecrets }
            taken[path] = try text.secret(at: path)
        }
        bytes = try JSONText(body, secretNames: Self.secretNames, take: take).bytes
        secrets = taken
    }
}

extension JSONText {
    /// Moves a string's text to a secret, and leaves spaces.
    fileprivate mutating func secret(at path: String) throws(Problem) -> HeldSecret {
        var secret: SecretBytes
        do { secret = try SecretBytes() } catch { throw Problem(.noMemory) }
        var isTooLong = false
        try takeOut { byte in do { try secret.append(byte) } catch { isTooLong = true } }
        guard !isTooLong else {
            throw Problem(
                .unprocessableContent, "tooLong", "\(path) has more than \(SecretBytes.capacity) bytes",
                userAction: "correct the field and begin again")
        }
        return HeldSecret(secret)
    }
}

extension Problem {
    fileprivate static var tooManySecrets: Problem {
        Problem(
            .badRequest, "invalidRequest", "the request has more than \(JSONScan.secretLimit) secrets",
            userAction: "compare the request with /openapi.yaml")
    }
}
