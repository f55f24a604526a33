public import Crypto
import Foundation
import OATH
public import Secrets

extension KeyContainer {
    /// How many rounds of PBKDF2 a new document takes, unless the caller says otherwise.
    public static let usualRounds = 600_000

    /// The document with secrets that everybody can read.
    ///
    /// - Throws: ``PSKCError`` for a text or number that a document cannot hold.
    public func plainDocument() throws(PSKCError) -> [UInt8] {
        try document(seal: nil, random: { [] }) { _ in }
    }

    /// The document with secrets under AES-CBC and HMAC-SHA-256.
    ///
    /// - Parameters:
    ///   - key: 16, 24 or 32 bytes, which both sides have.
    ///   - name: what the key is called between them.
    ///   - generator: where initialization vectors and the MAC key come from.
    /// - Throws: ``PSKCError/keyLength(_:expected:)``, and for a text or number that a document cannot hold.
    public func document(
        key: SymmetricKey, name: String, using generator: inout some RandomNumberGenerator
    ) throws(PSKCError) -> [UInt8] {
        let macKey = SymmetricKey(data: generator.bytes(32))
        return try document(
            seal: ValueSeal(key: key, macKey: macKey, macAlgorithm: .sha256), random: { generator.bytes(16) }
        ) { writer throws(PSKCError) in
            try writer.element("EncryptionKey") { writer throws(PSKCError) in try writer.element("ds:KeyName", text: name) }
        }
    }

    /// The document with secrets under a password: PBKDF2 with HMAC-SHA-256, then AES-256-CBC.
    ///
    /// - Parameters:
    ///   - password: in UTF-8.
    ///   - name: what the password is called, for the person who has to give it.
    ///   - rounds: 1 to 10,000,000.
    ///   - generator: where salt, initialization vectors and the MAC key come from.
    /// - Throws: ``PSKCError/value(of:in:)`` for an empty password, other rounds, or a text that a document cannot hold.
    public func document(
        password: borrowing SecretBytes, name: String? = nil, rounds: Int = KeyContainer.usualRounds,
        using generator: inout some RandomNumberGenerator
    ) throws(PSKCError) -> [UInt8] {
        guard password.count > 0 else { throw .value(of: "password", in: "EncryptionKey") }
        guard (1...PasswordDerivation.maximumRounds).contains(rounds) else { throw .value(of: "IterationCount", in: "PBKDF2-params") }
        let derivation = PasswordDerivation(salt: generator.bytes(16), rounds: rounds, keyByteCount: 32, algorithm: .sha256)
        let key = try derivation.key(from: password, byteCount: 32)
        let macKey = SymmetricKey(data: generator.bytes(32))
        return try document(
            seal: ValueSeal(key: key, macKey: macKey, macAlgorithm: .sha256), random: { generator.bytes(16) }
        ) { writer throws(PSKCError) in
            try writer.element("EncryptionKey") { writer throws(PSKCError) in
                try writer.element("xenc11:DerivedKey") { writer throws(PSKCError) in
                    try writer.write(derivation)
                    try writer.element("xenc11:MasterKeyName", text: name)
                }
            }
        }
    }

    private func document(
        seal: ValueSeal?, random: () -> [UInt8], encryption: (inout DocumentWriter) throws(PSKCError) -> Void
    ) throws(PSKCError) -> [UInt8] {
        guard !packages.isEmpty else { throw .missing("KeyPackage", in: "KeyContainer") }
        var namespaces: [(String, String?)] = [("xmlns", Vocabulary.pskc.rawValue)]
        if seal != nil {
            namespaces += [
                ("xmlns:ds", Vocabulary.ds.rawValue), ("xmlns:xenc", Vocabulary.xenc.rawValue),
                ("xmlns:xenc11", Vocabulary.xenc11.rawValue), ("xmlns:pkcs5", Vocabulary.pkcs5.rawValue),
            ]
        }
        var writer = DocumentWriter()
        try writer.element("KeyContainer", [("Version", "1.0"), ("Id", id)] + namespaces) { writer throws(PSKCError) in
            try encryption(&writer)
            if let seal {
                let cipher = try ValueCipher(for: seal.key)
                try writer.element("MACMethod", [("Algorithm", seal.macAlgorithm.hmacURI)]) { writer throws(PSKCError) in
                    let bytes = try ValueSeal.encrypt(seal.macKey, using: seal.key, vector: random())
                    try writer.element("MACKey") { writer throws(PSKCError) in
                        try writer.write(SealedValue(cipher: cipher, bytes: bytes))
                    }
                }
            }
            for package in packages { try writer.write(package, seal: seal, random: random) }
        }
        return Array(writer.text.utf8)
    }
}

extension RandomNumberGenerator {
    /// That many random bytes.
    fileprivate mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &self) }
    }
}
