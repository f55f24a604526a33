import Foundation
import Secrets
import SwiftASN1
import Verification
import X509

/// What a configuration of `tessera serve` names: whether it is there, can be used, and is for its owner alone.
///
/// `tessera serve --check` prints it behind the settings.
struct ConfigurationChecks {
    let configuration: ServeConfiguration
    let now: Date

    func findings() async -> [Finding] {
        var findings: [Finding] = []
        if configuration.store.keys != nil || configuration.store.keysVariable != nil {
            findings.append(
                await looking(at: "store keys") {
                    guard let keys = try configuration.store.protection() else { return "none" }
                    return "\(configuration.store.keys ?? configuration.store.keysVariable ?? ""), key \(keys.current) seals"
                })
        }
        if let issuer = configuration.issuer {
            findings.append(
                await looking(at: "issuer key") {
                    _ = try configuration.scanIssuer()
                    return "\(issuer.key), \(issuer.id)"
                })
        }
        if let decoyKey = configuration.decoyKey {
            findings.append(
                await looking(at: "decoy key") {
                    _ = try ServeConfiguration.pictures(configuration.strangersKey())
                    return decoyKey
                })
        }
        if !configuration.roots.isEmpty {
            findings.append(
                await looking(at: "roots") {
                    _ = try configuration.anchors()
                    return configuration.roots.joined(separator: ", ")
                })
            for root in configuration.roots { findings += validity(of: root, as: "root") }
        }
        let revocation = configuration.revocation
        if !revocation.lists.isEmpty || !revocation.responses.isEmpty {
            findings.append(
                await looking(at: "revocation") {
                    _ = try configuration.revocationFiles()
                    return (revocation.lists + revocation.responses).joined(separator: ", ")
                })
        }
        if let rules = configuration.rules {
            findings.append(await looking(at: "signature rules") { "\(rules), \(try configuration.signatureRules().all.count) rules" })
        }
        if !configuration.auditKeys.isEmpty {
            findings.append(
                await looking(at: "audit keys") {
                    _ = try configuration.auditPublicKeys()
                    return configuration.auditKeys.joined(separator: ", ")
                })
        }
        if let loopback = configuration.loopback {
            findings.append(
                await looking(at: "tokens") {
                    let names = try AccessTokens.read(loopback.tokens).entries.map(\.name)
                    return "\(loopback.tokens), for \(names.joined(separator: ", "))"
                })
        }
        if let tls = configuration.tls {
            findings.append(
                await looking(at: "TLS key") {
                    guard try Self.isPair(tls) else {
                        throw ServeConfigurationError(
                            .contradiction, "tls.key", "it is not the key of the certificate", hint: "name the two that were made together")
                    }
                    return tls.key
                })
            findings += validity(of: tls.certificate, as: "TLS certificate") + validity(of: tls.clientRoots, as: "client root")
        }
        return findings
    }

    private func looking(at check: String, _ look: () async throws -> String) async -> Finding {
        do { return .ok(check, try await look()) } catch {
            let failure = Failure(error)
            return .failed(check, failure.message, hint: failure.hint)
        }
    }

    /// Every certificate of a file; RFC 5280, 4.1.2.5.
    private func validity(of file: String, as check: String) -> [Finding] {
        do {
            return try CertificateFile.read(file).map { der in
                let certificate = try Certificate(derEncoded: der)
                return CertificateTest.validity(of: certificate, at: now, check: check, mend: "put a new one into \(file)")
            }
        } catch let error as Failure {
            return [.failed(check, error.message, hint: error.hint)]
        } catch {
            return [.failed(check, "\"\(file)\" holds no certificate", hint: "\"openssl x509 -in \(file)\" shows what it holds")]
        }
    }

    private static func isPair(_ tls: ServeConfiguration.TLS) throws -> Bool {
        guard let first = try CertificateFile.read(tls.certificate).first, let certificate = try? Certificate(derEncoded: first) else {
            return true  // What is wrong with the certificate is told beside it.
        }
        return try SecretPath.reading(tls.key, for: "tls.key") { bytes throws(ServeConfigurationError) in
            guard let key = privateKey(in: bytes) else {
                throw ServeConfigurationError(
                    .malformed, "tls.key", "\"\(tls.key)\" holds no key in PEM", hint: "\"openssl pkey -in \(tls.key)\" shows what it holds"
                )
            }
            return key.publicKey == certificate.publicKey
        }
    }

    /// The key of a PEM file; swift-certificates takes its DER as an array, and keeps no text of it.
    private static func privateKey(in bytes: [UInt8]) -> Certificate.PrivateKey? {
        for label in ["PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY"] {
            guard let der = try? SecretText.pem(bytes, label: label) else { continue }
            var copy = der.withBytes { der in unsafe der.withUnsafeBytes { unsafe Array($0) } }
            defer { unsafe copy.withUnsafeMutableBytes { if let start = $0.baseAddress { unsafe explicit_bzero(start, $0.count) } } }
            return try? Certificate.PrivateKey(pemDocument: PEMDocument(type: label, derBytes: copy))
        }
        return nil
    }
}
