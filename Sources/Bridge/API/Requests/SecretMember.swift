import HTTPDoor
import Verification

/// A secret that stands in a request: a password, a code that is good for more than one moment.
struct SecretMember: Decodable, Sendable {
    let secret: HeldSecret

    /// Finds what ``JSONScan`` took out of the body at this place.
    ///
    /// - Throws: `DecodingError` where there is no text.
    init(from decoder: any Decoder) throws {
        guard let taken = decoder.takenSecrets, let secret = taken.byPath[decoder.codingPath.memberPath()] else {
            throw DecodingError.typeMismatch(String.self, .init(codingPath: decoder.codingPath, debugDescription: "no text"))
        }
        self.secret = secret
    }
}

/// The secrets of one request by their paths.
final class TakenSecrets: Sendable {
    /// Under which name a decoder carries them.
    static let name = "secrets"

    let byPath: [String: HeldSecret]

    init(_ byPath: [String: HeldSecret]) { self.byPath = byPath }
}

extension Decoder {
    fileprivate var takenSecrets: TakenSecrets? {
        CodingUserInfoKey(rawValue: TakenSecrets.name).flatMap { userInfo[$0] as? TakenSecrets }
    }
}
