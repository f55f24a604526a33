import DeviceProtocol
import HTTPDoor
import Verification

// What members of requests are in the domain, each checked where it is read.

extension Members {
    /// Runs a check of the domain, and names the member that it refuses.
    ///
    /// - Parameter key: of the member, where the error does not name its field.
    func check<T>(_ key: Key? = nil, _ body: () throws(ContentError) -> T) throws(Problem) -> T {
        do { return try body() } catch {
            let field: String? =
                switch error {
                case .empty(let field), .tooLong(let field, _, _), .forbiddenCharacter(let field, _): field
                default: key?.stringValue
                }
            throw Problem(error, at: path(field))
        }
    }

    func secret(_ key: Key) throws -> HeldSecret { try value(SecretMember.self, key).secret }

    func optionalSecret(_ key: Key) throws -> HeldSecret? { try optional(SecretMember.self, key)?.secret }

    func subscriber(_ key: Key) throws -> SubscriberID {
        let text = try text(key)
        return try check(key) { () throws(ContentError) in try SubscriberID(text) }
    }

    func device(_ key: Key) throws -> DeviceID {
        let text = try text(key)
        return try check(key) { () throws(ContentError) in try DeviceID(text) }
    }

    func optionalDevice(_ key: Key) throws -> DeviceID? { try optional(String.self, key) == nil ? nil : device(key) }

    func challenge(_ key: Key) throws -> ChallengeID {
        let text = try text(key)
        return try check(key) { () throws(ContentError) in
            guard let id = ChallengeID(text: text) else { throw .invalidIdentifier("it has 32 lower-case hexadecimal digits") }
            return id
        }
    }

    func optionalChallenge(_ key: Key) throws -> ChallengeID? { try optional(String.self, key) == nil ? nil : challenge(key) }

    func account(_ key: Key) throws -> AccountID {
        let text = try text(key)
        return try check(key) { () throws(ContentError) in
            guard let id = AccountID(rawValue: text) else {
                throw .invalidIdentifier("an account has 1 to 64 printable ASCII characters without spaces")
            }
            return id
        }
    }

    func optionalAccount(_ key: Key) throws -> AccountID? { try optional(String.self, key) == nil ? nil : account(key) }

    /// A text of 1 to `limit` characters (code points), whatever they are.
    func text(_ key: Key, limit: Int) throws -> String {
        let text = try text(key)
        guard (1...limit).contains(text.unicodeScalars.count) else {
            throw Problem.invalidRequest("\(path(key.stringValue)) has 1 to \(limit) characters")
        }
        return text
    }

    /// A whole number that may be missing.
    func number(_ key: Key, in range: ClosedRange<Int>, or other: Int) throws -> Int {
        guard let number = try optional(Int.self, key) else { return other }
        guard range.contains(number) else {
            throw Problem.invalidRequest("\(path(key.stringValue)) is a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// The one member that is there, where there must be exactly one.
    func onlyOne() throws(Problem) -> Key {
        let there = Key.allCases.filter { has($0) }
        guard let only = there.first, there.count == 1 else {
            throw .invalidRequest("exactly one of these is given: \(Key.allCases.map(\.stringValue).joined(separator: ", "))")
        }
        return only
    }
}
