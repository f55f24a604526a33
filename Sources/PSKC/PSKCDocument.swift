public import Crypto
public import Secrets

/// A key container as it was read, its secrets still closed (RFC 6030).
///
/// Reading checks the whole structure: opening fails only for the key. Where secrets are not encrypted, the memory of the
/// document holds them as text.
public struct PSKCDocument: Sendable {
    /// What the secrets are protected by.
    public enum Protection: Sendable, Equatable {
        /// By nothing.
        case none
        /// By a key that both sides have, and its name.
        case key(name: String?)
        /// By a password, its name, and how many rounds of PBKDF2 it takes.
        case password(name: String?, rounds: Int)
    }

    /// What the secrets are protected by.
    public let protection: Protection
    /// Whether an XML signature stands in it, which nobody here checks: whoever relies on it has to.
    public let isSigned: Bool
    /// Everything but secrets and encrypted values.
    public let outline: KeyContainer

    /// The line of each key package, in their order.
    public let packageLines: [Int]

    private let root: Element
    private let derivation: PasswordDerivation?

    /// Reads a document.
    ///
    /// - Parameter limits: how large it may be; the whole of it is kept in memory.
    /// - Throws: ``PSKCError``: for one that is not well-formed, too large, with a document type declaration, with elements unknown,
    ///   missing or there twice, with an encrypted value that has no MAC, or with plain secrets beside encrypted ones.
    public init(parsing bytes: [UInt8], within limits: PSKCLimits = .usual) throws(PSKCError) {
        root = try DocumentReader.root(of: bytes, within: limits)
        packageLines = root.children.filter { $0.isNamed("KeyPackage") }.map(\.line)
        guard root.isNamed("KeyContainer"), root.attributes["Version"] == "1.0" else {
            throw .notAKeyContainer
        }
        try root.allow(["EncryptionKey", "MACMethod", "KeyPackage", "Signature", "Extensions"])
        isSigned = root.children.contains { $0.isNamed("Signature", in: [.pskc, .ds]) }
        (protection, derivation) = try Self.protection(of: root)
        switch (protection, try root.child("MACMethod")) {
        case (.none, nil): break
        case (.none, .some): throw .unexpected("MACMethod", in: "KeyContainer")
        case (_, nil): throw .macMissing("KeyContainer")
        case (_, .some): break
        }
        outline = try PackageReader(isProtected: protection != .none, seal: nil).container(root)
    }

    private static func protection(of root: Element) throws(PSKCError) -> (Protection, PasswordDerivation?) {
        guard let encryption = try root.child("EncryptionKey") else {
            return (root.contains("EncryptedValue") ? .key(name: nil) : .none, nil)
        }
        if let derived = try encryption.child("DerivedKey", in: [.xenc11]) {
            let derivation = try PasswordDerivation(derived.required("KeyDerivationMethod", in: [.xenc11]))
            return (.password(name: try derived.string("MasterKeyName", in: [.xenc11]), rounds: derivation.rounds), derivation)
        }
        for kind in ["X509Data", "KeyValue", "EncryptedKey", "RetrievalMethod"] where try encryption.child(kind, in: [.ds, .xenc]) != nil {
            throw .unsupported("an encryption key by \(kind)")
        }
        guard let name = try encryption.string("KeyName", in: [.ds]) else { throw .missing("KeyName", in: "EncryptionKey") }
        return (.key(name: name), nil)
    }

    /// The keys of a document without encryption.
    ///
    /// - Throws: ``PSKCError/keyNeeded(name:)``, ``PSKCError/passwordNeeded(name:)``.
    public func open() throws(PSKCError) -> KeyContainer {
        switch protection {
        case .none: try PackageReader(isProtected: false, seal: nil, takesPlainSecrets: true).container(root)
        case .key(let name): throw .keyNeeded(name: name)
        case .password(let name, _): throw .passwordNeeded(name: name)
        }
    }

    /// The keys of a document that `key` protects; every MAC is checked before a value is decrypted.
    ///
    /// - Throws: ``PSKCError/notAuthentic``, ``PSKCError/keyLength(_:expected:)``, ``PSKCError/notEncrypted``,
    ///   ``PSKCError/passwordNeeded(name:)``.
    public func open(key: SymmetricKey) throws(PSKCError) -> KeyContainer {
        switch protection {
        case .none: throw .notEncrypted
        case .password(let name, _): throw .passwordNeeded(name: name)
        case .key: try unsealed(by: key)
        }
    }

    /// The keys of a document that a password protects, which takes as long as its rounds do.
    ///
    /// - Throws: ``PSKCError/notAuthentic``, ``PSKCError/notEncrypted``, ``PSKCError/keyNeeded(name:)``.
    public func open(password: borrowing SecretBytes) throws(PSKCError) -> KeyContainer {
        switch protection {
        case .none: throw .notEncrypted
        case .key(let name): throw .keyNeeded(name: name)
        case .password:
            guard let derivation else { throw .missing("DerivedKey", in: "EncryptionKey") }
            return try unsealed(by: try derivation.key(from: password, byteCount: try derivedByteCount(derivation)))
        }
    }

    private func derivedByteCount(_ derivation: PasswordDerivation) throws(PSKCError) -> Int {
        if let count = derivation.keyByteCount { return count }
        return try ValueCipher(of: root.required("MACMethod").required("MACKey")).keyByteCount
    }

    private func unsealed(by key: SymmetricKey) throws(PSKCError) -> KeyContainer {
        let seal = try ValueSeal(macMethod: root.required("MACMethod"), key: key)
        return try PackageReader(isProtected: true, seal: seal).container(root)
    }
}
