import CoreMetrics
import Crypto
import Foundation
import HTTPDoor
import Logging
import Pictures
import ScanChallenge
import Secrets
import Verification

// What the settings name, read and opened.

extension ServeConfiguration {
    /// Opens the store, or makes it; over a database under this daemon's name.
    ///
    /// - Parameter metrics: takes how many commits there were in a file.
    func openStore(metrics: any MetricsFactory) async throws -> any Store {
        try await StorePlace(store.place).open(mark: store.mark, protection: store.protection(), node: node, metrics: metrics)
    }

    /// Overwrites the variable that held the store's keys, once they are read: other programs of this user can look at it.
    ///
    /// Its bytes, where they are: setenv(3) is not for a process with several threads.
    func wipeKeysVariable() {
        guard let name = store.keysVariable, let value = unsafe getenv(name) else { return }
        unsafe explicit_bzero(value, strlen(value))
    }

    /// Which authorities of cards are admitted.
    func anchors() throws -> TrustAnchors {
        let certificates = try roots.flatMap { try CertificateFile.read($0) }
        return store.mark == .test ? try TrustAnchors(roots: [], testRoots: certificates) : try TrustAnchors(roots: certificates)
    }

    /// Which products and which authorities of cards are admitted, and what blocks.
    ///
    /// - Parameter logger: is told of files of `revocation` that were replaced.
    func policy(logger: Logger) throws -> VerificationPolicy {
        let retired = admitsRetired ? Set(ProductProfile.all.filter { $0.endOfLife != nil }.map(\.id)) : []
        var policy = VerificationPolicy(anchors: try anchors(), admittedAfterEndOfLife: retired, blocking: blocking)
        policy.revocation = try revocationCheck(logger: logger)
        return policy
    }

    /// Who seals challenges; `nil` for a bank without Scan and Mobile.
    func scanIssuer() throws -> ScanIssuer? {
        guard let issuer else { return nil }
        let key = try SecretPath.reading(issuer.key, for: "issuer.key") { bytes throws(ServeConfigurationError) in
            try Self.agreementKey(of: issuer, in: bytes)
        }
        return try ScanIssuer(id: issuer.id, privateKey: key)
    }

    /// The key of a PEM file, which goes to the library from a page of its own.
    private static func agreementKey(
        of issuer: Issuer, in bytes: [UInt8]
    ) throws(ServeConfigurationError) -> Curve25519.KeyAgreement.PrivateKey {
        guard let der = try? SecretText.pem(bytes, label: "PRIVATE KEY"), let key = der.withBytes({ agreementKey(in: $0) }) else {
            throw ServeConfigurationError(
                .malformed, "issuer.key", "\"\(issuer.key)\" holds no X25519 key in PEM",
                hint: "make one: openssl genpkey -algorithm x25519 -out \(issuer.key)")
        }
        return key
    }

    private static func agreementKey(in der: RawSpan) -> Curve25519.KeyAgreement.PrivateKey? {
        guard der.byteCount == agreementPrefix.count + 32 else { return nil }
        return unsafe der.withUnsafeBytes { bytes in
            guard unsafe bytes.starts(with: agreementPrefix) else { return nil }
            return try? unsafe Curve25519.KeyAgreement.PrivateKey(
                rawRepresentation: UnsafeRawBufferPointer(rebasing: bytes.dropFirst(agreementPrefix.count)))
        }
    }

    /// What stands before the 32 bytes of a private X25519 key; RFC 8410, section 7.
    private static let agreementPrefix: [UInt8] = [
        0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x6E, 0x04, 0x22, 0x04, 0x20,
    ]

    /// The key from which strangers' challenges and pictures are drawn; without a file a new one, which a store for tests may have.
    func strangersKey() throws -> SymmetricKey {
        guard let decoyKey else { return SymmetricKey(size: .bits256) }
        return try SecretPath.reading(decoyKey, for: "decoyKey") { bytes throws(ServeConfigurationError) in
            guard let key = try? SecretText.hexadecimal(bytes.lazy.filter { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }), key.count > 0 else {
                throw ServeConfigurationError(
                    .malformed, "decoyKey", "\"\(decoyKey)\" does not hold hexadecimal digits",
                    hint: "\"openssl rand -hex 32 > \(decoyKey)\" draws some")
            }
            return key.withBytes { key in unsafe key.withUnsafeBytes { unsafe SymmetricKey(data: $0) } }
        }
    }

    /// The secret images that customers choose from.
    static func pictures(_ key: SymmetricKey) throws(SecretImageRefusal) -> SecretImageSet {
        try SecretImageSet(SecretPicture.all.map(\.name), decoyKey: key)
    }

    /// Who must sign what; without a file everybody signs alone.
    func signatureRules() throws -> SignatureRules {
        try rules.map(RulesFile.read) ?? SignatureRules()
    }

    /// Whose heads of the audit log count.
    func auditPublicKeys() throws -> [Curve25519.Signing.PublicKey] {
        try auditKeys.map { try AuditKey.publicKey(pem: String(decoding: InputFile.read($0), as: UTF8.self)) }
    }

    /// The bridge's doors: its socket, and those that were asked for.
    func doors() throws -> [DoorPlace] {
        var doors = [DoorPlace.unix(UnixPlace(socket, roles: peers, mode: socketMode))]
        if let loopback {
            let tokens = try AccessTokens.read(loopback.tokens).entries.map(\.token)
            doors.append(
                .loopback(
                    LoopbackPlace(
                        port: loopback.port, tokens: tokens, hosts: loopback.hosts.map { Set($0) }, origins: Set(loopback.origins))))
        }
        if let tls {
            if let trouble = SecretPath.trouble(with: tls.key, for: "tls.key") { throw trouble }
            doors.append(
                .tls(
                    TLSPlace(
                        address: tls.address, port: tls.port, certificates: tls.certificate, key: tls.key, clientRoots: tls.clientRoots,
                        roles: tls.names)))
        }
        return doors
    }

    /// The door of the emulated devices, for whoever may open the bridge's; `nil` where there is none.
    func emulatorsDoor() -> DoorPlace? { emulators.map { .unix(UnixPlace($0, roles: peers, mode: socketMode)) } }
}

extension ServeConfiguration.StoreSource {
    /// The keys of the store; `nil` for one for tests without any.
    func protection() throws -> StoreKeys? {
        if let keys {
            let made = try StoreKeys(file: keys)
            if let trouble = SecretPath.trouble(with: keys, for: "store.keys") { throw trouble }
            return made
        }
        guard let keysVariable else { return nil }
        return try StoreKeys(variable: keysVariable, in: ProcessInfo.processInfo.environment)
    }
}
