public import Crypto
import DeviceProtocol
public import Foundation
import Secrets

/// Keys of a file or an environment variable: the first one seals, all of them open.
///
/// AES-256-GCM (NIST SP 800-38D) with a random nonce, under a key derived for each place (HKDF-Expand, RFC 5869, 3.3), so that no key
/// comes near the number of nonces it may have. The place is authenticated, too. Sealed: `01`, the key's name in 8 bytes, nonce in 12,
/// ciphertext, tag in 16.
public struct StoreKeys: SecretProtection {
    private static let version: UInt8 = 1
    /// The most bytes of a file: more than a thousand keys.
    private static let longest = 1 << 16

    /// HKDF-Expand's HMAC under each key, which is taken in once.
    private let keys: [StoreKeyID: HMAC<SHA256>]
    /// The name of the key that seals now.
    public let current: StoreKeyID

    /// Takes keys, at least one, of 32 bytes.
    ///
    /// - Throws: ``StoreError/unusableKeys(_:)``.
    public init(_ keys: [SymmetricKey]) throws(StoreError) {
        guard let first = keys.first else { throw .unusableKeys("there is no key") }
        guard keys.allSatisfy({ $0.bitCount == 256 }) else { throw .unusableKeys("a key does not have 32 bytes") }
        current = Self.name(of: first)
        self.keys = Dictionary(keys.map { (Self.name(of: $0), HMAC(key: $0)) }) { first, _ in first }
    }

    /// Reads one key a line, each 32 bytes in Base64 (RFC 4648); empty lines and what begins with `#` are left out.
    ///
    /// - Throws: ``StoreError/unusableKeys(_:)``.
    public init(text: String) throws(StoreError) {
        try self.init(Self.keys(in: Array(text.utf8)))
    }

    /// Reads the keys of a file that only its owner can read; what was read is wiped.
    ///
    /// - Throws: ``StoreError``: unreadable, readable by others, no keys.
    public init(file path: String) throws(StoreError) {
        let keys: [SymmetricKey]
        // Who looks after a store as root reads what belongs to the user that the daemon runs as.
        do { keys = try KeptFile.secret(at: path, upTo: Self.longest, anyOwner: true, Self.keys(in:)) } catch {
            switch error {
            case let error as StoreError: throw error
            case KeptFile.Fault.readable: throw .exposed(path: path)
            case KeptFile.Fault.noFile: throw .unusableKeys("\"\(path)\" is not a file")
            case KeptFile.Fault.tooLong: throw .unusableKeys("\"\(path)\" is too long to be a file of keys")
            default: throw .unusableKeys("cannot read \"\(path)\"")
            }
        }
        try self.init(keys)
    }

    /// The keys of a text, one a line.
    private static func keys(in text: [UInt8]) throws(StoreError) -> [SymmetricKey] {
        let blanks = Array(" \t\r".utf8)
        var keys: [SymmetricKey] = []
        for (number, line) in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            var line = line.drop { blanks.contains($0) }
            while let last = line.last, blanks.contains(last) { line = line.dropLast() }
            guard let first = line.first, first != UInt8(ascii: "#") else { continue }
            var encoded = Data(line)
            defer { encoded.resetBytes(in: encoded.indices) }
            guard var bytes = Data(base64Encoded: encoded) else { throw .unusableKeys("line \(number + 1) is not Base64") }
            keys.append(SymmetricKey(data: bytes))
            bytes.resetBytes(in: bytes.indices)
        }
        return keys
    }

    /// Reads the keys of an environment variable.
    ///
    /// - Throws: ``StoreError``: not set, no keys.
    public init(variable name: String, in environment: [String: String]) throws(StoreError) {
        guard let text = environment[name] else { throw .unusableKeys("the variable \(name) is not set") }
        try self.init(text: text)
    }

    /// One key as a line of a file.
    public static func line(of key: SymmetricKey) -> String { unsafe key.withUnsafeBytes { unsafe Data($0) }.base64EncodedString() + "\n" }

    /// What names a key: the beginning of HKDF's output for a purpose of its own.
    public static func name(of key: SymmetricKey) -> StoreKeyID {
        StoreKeyID(
            unsafe HKDF<SHA256>.expand(pseudoRandomKey: key, info: Array("tessera/store-key-name/1".utf8), outputByteCount: 8)
                .withUnsafeBytes { unsafe Array($0) })
    }

    /// Seals a secret for its place.
    ///
    /// - Throws: ``StoreError``.
    public func seal(_ secret: Data, at place: SecretPlace) throws(StoreError) -> Data {
        guard let key = keys[current] else { throw .unknownKey(current) }
        do {
            let (place, header) = (place.bytes, header(current))
            let box = try AES.GCM.seal(secret, using: key.derived(for: place), authenticating: header + place)
            guard let combined = box.combined else { throw StoreError.unavailable("a secret cannot be sealed") }
            return Data(header) + combined
        } catch { throw .unavailable("a secret cannot be sealed") }
    }

    /// Opens what was sealed for this place.
    ///
    /// - Throws: ``StoreError``.
    public func open(_ sealed: Data, at place: SecretPlace) throws(StoreError) -> Data {
        guard let name = key(of: sealed) else { throw .damaged("a secret is not sealed") }
        guard let key = keys[name] else { throw .unknownKey(name) }
        do {
            let place = place.bytes
            let box = try AES.GCM.SealedBox(combined: sealed.dropFirst(9))
            return try AES.GCM.open(box, using: key.derived(for: place), authenticating: header(name) + place)
        } catch { throw .damaged("a sealed secret was changed, or is of another place") }
    }

    /// Whether this is one of the keys.
    public func knows(_ key: StoreKeyID) -> Bool { keys[key] != nil }

    /// The name of the key that sealed this.
    public func key(of sealed: Data) -> StoreKeyID? {
        guard sealed.count >= 9 + 12 + 16, sealed.first == Self.version else { return nil }
        return StoreKeyID(Array(sealed.dropFirst().prefix(8)))
    }

    private func header(_ name: StoreKeyID) -> [UInt8] { [Self.version] + name.bytes }
}

/// How many there are is printed; what lies in a hash's state would be as good as a key.
extension StoreKeys: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The number of keys, and the name of the present one.
    public var description: String { "\(keys.count) store \(keys.count == 1 ? "key" : "keys"), now \(current)" }
    /// The same.
    public var debugDescription: String { description }
    /// Nothing to look into.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension HMAC<SHA256> {
    /// HKDF-Expand of as many bytes as the hash has: T(1), one HMAC over the place and a one (RFC 5869, 2.3).
    fileprivate func derived(for place: [UInt8]) -> SymmetricKey {
        var hmac = self
        hmac.update(data: place + [1])
        return SymmetricKey(data: hmac.finalize())
    }
}

extension SecretPlace {
    /// The place in bytes: a tag and its parts, each behind its length.
    fileprivate var bytes: [UInt8] {
        ["tessera/at-rest/1", purpose.rawValue, enrolment?.rawValue ?? "", subscriber.rawValue, device].lengthPrefixed
    }
}
