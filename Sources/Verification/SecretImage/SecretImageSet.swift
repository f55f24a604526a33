public import Crypto
import DeviceProtocol
import Foundation

/// The names of the pictures that secret images show, and what is shown to whoever has chosen none.
///
/// Only names: `Pictures` draws them. A set may grow; a name that was given out stays.
public struct SecretImageSet: Sendable {
    /// How many somebody chooses from. (Stated.)
    public static let offerCount = 9
    /// The fewest pictures that a set has.
    public static let leastCount = 60

    /// The names.
    public let names: [String]
    private let decoyKey: SymmetricKey

    /// A set of names.
    ///
    /// - Parameter decoyKey: 16 secret bytes of the server or more; with another key, strangers are shown other pictures.
    /// - Throws: ``SecretImageRefusal``: too few names, a name twice, a weak key.
    public init(_ names: [String], decoyKey: SymmetricKey) throws(SecretImageRefusal) {
        guard names.count >= Self.leastCount else { throw .tooFewPictures(names.count) }
        guard Set(names).count == names.count else { throw .sameNames }
        guard decoyKey.bitCount >= 128 else { throw .weakKey(bits: decoyKey.bitCount) }
        self.names = names
        self.decoyKey = decoyKey
    }

    /// What is shown to a user who is not there or has chosen nothing: the same every time, each picture as often as any other.
    ///
    /// Each picture is drawn a number, HMAC-SHA256 (RFC 2104) over tag, what was typed, and its name; the highest is shown. A set that
    /// grows by one picture therefore changes nothing for most, and for the others to the new picture, as if they had chosen it.
    public func decoy(for user: String) -> String {
        let prefix = ["tessera/secret-image/1", user].lengthPrefixed
        var shown: (number: [UInt8], name: String) = ([], "")
        for name in names {
            let number = Array(HMAC<SHA256>.authenticationCode(for: prefix + [name].lengthPrefixed, using: decoyKey))
            if shown.number.lexicographicallyPrecedes(number) { shown = (number, name) }
        }
        return shown.name
    }

    /// So many different ones, drawn at random.
    func draw(_ count: Int, using generator: inout some RandomNumberGenerator) -> [String] {
        Array(names.shuffled(using: &generator).prefix(count))
    }
}

/// Why there is no secret image to choose.
public enum SecretImageRefusal: Error, Hashable, Sendable {
    /// With so few pictures, a stranger would guess one.
    case tooFewPictures(Int)
    /// Two pictures have one name.
    case sameNames
    /// The key of the decoys has too few bits.
    case weakKey(bits: Int)
    /// The picture is none of the nine.
    case notOffered
    /// The first one is chosen with a device that shows it.
    case notWithThisDevice
    /// Another one than before is chosen after a login that names it: none was, or it is used or too old.
    case notApproved
}

extension SecretImageRefusal: CustomStringConvertible {
    /// One sentence.
    public var description: String {
        switch self {
        case .tooFewPictures(let count): "\(count) pictures are too few for secret images"
        case .sameNames: "two pictures have the same name"
        case .weakKey(let bits): "a key of \(bits) bits is too weak for the pictures of strangers"
        case .notOffered: "this picture was not among those to choose from"
        case .notWithThisDevice: "this device shows no secret image"
        case .notApproved: "the change of the secret image was not approved"
        }
    }

    /// What to do next.
    public var hint: String {
        switch self {
        case .tooFewPictures: "take at least \(SecretImageSet.leastCount)"
        case .sameNames: "give each a name of its own"
        case .weakKey: "take at least 128 bits"
        case .notOffered: "choose one of the nine"
        case .notApproved: "let the person log in once more for the picture that they chose: Operations.changeSecretImage"
        case .notWithThisDevice: "log in with a card or a stick to choose the first one"
        }
    }
}
