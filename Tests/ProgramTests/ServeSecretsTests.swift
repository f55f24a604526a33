import ArgumentParser
import Crypto
import DeviceProtocol
import Foundation
import HTTPDoor
import Logging
import ScanChallenge
import Secrets
import TestSupport
import Testing
import Verification

@testable import tessera

/// The files that a configuration names, and who is asked for a PIN.
@Suite struct ServeSecretsTests {
    private static let token = "0f1e2d3c4b5a69788796a5b4c3d2e1f00112233445566778899aabbccddeeff0"

    private func refusal(_ text: String) -> ServeConfigurationError? {
        do {
            _ = try AccessTokens(text.utf8)
            return nil
        } catch { return error }
    }

    @Test func `a token has a name and roles, in hexadecimal or Base64`() throws {
        let base64 = try #require(Data(base64Encoded: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")).base64EncodedString()
        let tokens = try AccessTokens("# core\n\ncore verifier,administrator \(Self.token)\r\n desk\tdeviceUser \(base64)".utf8)
        #expect(tokens.entries.map(\.name) == ["core", "desk"] && tokens.entries[0].token.isWord(Self.token.utf8))
        #expect(tokens.entries[1].token.isWord(base64.utf8) && !tokens.entries[1].token.isWord(Self.token.utf8))
        #expect(tokens.entries[0].roles == [.verifier, .administrator] && tokens.entries[1].roles == [.deviceUser])
    }

    @Test func `what could be guessed, or is of no use, is refused by its line and not repeated`() {
        let short = String(Self.token.dropLast(2))
        let cases: [(String, ServeConfigurationError.Code)] = [
            ("", .missing), ("core verifier", .malformed), ("core verifier \(short)", .insecure), ("core boss \(Self.token)", .unsuitable),
            ("core verifier \(String(repeating: "00", count: 32))", .insecure), ("core verifier \(Self.token)!", .malformed),
            ("a verifier \(Self.token)\na observer \(Self.token)", .contradiction),
            ("a verifier \(Self.token)\nb observer \(Self.token)", .contradiction),
        ]
        for (text, code) in cases {
            let error = refusal(text)
            #expect(error?.code == code, "\(text)")
            #expect(error?.description.contains(short) == false)
        }
    }

    @Test func `a file of secrets that others may read is refused, with the command that mends it`() throws {
        let folder = try Folder()
        try folder.write("core verifier \(Self.token)\n", to: "tokens")
        func mode(_ mode: Int) throws {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: folder.path("tokens"))
        }
        for open in [0o640, 0o604, 0o620] {
            try mode(open)
            #expect(
                throws: ServeConfigurationError(
                    .insecure, "loopback.tokens", "others may read \"\(folder.path("tokens"))\"",
                    hint: "\"chmod 600 \(folder.path("tokens"))\"")
            ) { try AccessTokens.read(folder.path("tokens")) }
        }
        try mode(0o600)
        #expect(try AccessTokens.read(folder.path("tokens")).entries.count == 1)
        #expect(throws: ServeConfigurationError.self) { try AccessTokens.read(folder.path("absent")) }
        try folder.write(String(repeating: "#", count: 70_000), to: "long")
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder.path("long"))
        #expect(throws: ServeConfigurationError.self) { try AccessTokens.read(folder.path("long")) }
        #expect(throws: ServeConfigurationError.self) { try AccessTokens.read(folder.url.path) }
    }

    @Test(.enabled(if: geteuid() == 0, "a file can be given away by root alone"))
    func `a file of secrets that belongs to another user is refused, and so is a configuration`() async throws {
        let folder = try Folder()
        try folder.write("core verifier \(Self.token)\n", to: "tokens")
        try folder.write(String(repeating: "ab", count: 32), to: "decoy")
        try folder.write(StoreKeys.line(of: SymmetricKey(size: .bits256)), to: "keys")
        let issuer = try await ChildProgram.run("openssl", ["genpkey", "-algorithm", "x25519", "-out", folder.path("issuer")])
        try #require(issuer.status == 0, "\(issuer.complaints)")
        let made = try configuration(
            [
                "--decoy-key-file", folder.path("decoy"), "--issuer-key", folder.path("issuer"), "--origin", "bank.example", "--keys",
                folder.path("keys"),
            ], in: folder)
        func refuses(_ file: String, for member: String, _ read: @escaping (String) throws -> Void) throws {
            let name = folder.path(file)
            chmod(name, 0o600)
            try read(name)
            chown(name, 65_534, 65_534)
            let refusal = ServeConfigurationError(
                .insecure, member, "\"\(name)\" belongs to user 65534, who could change it", hint: "\"chown 0 \(name)\"")
            #expect(throws: refusal) { try read(name) }
            #expect(SecretPath.trouble(with: name, for: "tls.key")?.code == .insecure)
        }
        try refuses("tokens", for: "loopback.tokens") { name in _ = try AccessTokens.read(name) }
        try refuses("decoy", for: "decoyKey") { _ in _ = try made.strangersKey() }
        try refuses("issuer", for: "issuer.key") { _ in _ = try made.scanIssuer() }
        try refuses("keys", for: "store.keys") { _ in _ = try made.store.protection() }

        try folder.write(#"{"store": {"place": "s.sqlite", "test": true}}"#, to: "serve.json")
        let file = folder.path("serve.json")
        _ = try ServeConfigurationFile.read(file)
        chown(file, 65_534, 65_534)
        #expect {
            try ServeConfigurationFile.read(file)
        } throws: { ($0 as? ServeConfigurationErrors)?.first.code == .insecure }
    }

    @Test func `a configuration that others may write is refused, with the command that mends it`() throws {
        let folder = try Folder()
        try folder.write(#"{"store": {"place": "s.sqlite", "test": true}}"#, to: "serve.json")
        let name = folder.path("serve.json")
        for mode in [0o666, 0o620, 0o602] as [mode_t] {
            chmod(name, mode)
            let refusal = ServeConfigurationError(.insecure, "", "others may write \"\(name)\"", hint: "\"chmod go-w \(name)\"")
            #expect(throws: ServeConfigurationErrors(refusal)) { try ServeConfigurationFile.read(name) }
        }
        chmod(name, 0o644)
        #expect(try ServeConfigurationFile.read(name).store?.value.place == "s.sqlite")
    }

    /// A store for tests with these options, in a folder.
    private func configuration(_ options: [String], in folder: Folder) throws -> ServeConfiguration {
        try ServeConfiguration.effective(
            ServeOptions.parse(["--store", folder.path("s.sqlite"), "--test"] + options), in: ServeConfigurationTests.person)
    }

    @Test func `OpenSSL's keys are taken, and another curve's is not`() async throws {
        let folder = try Folder()
        func draw(_ algorithm: String, _ name: String) async throws {
            let made = try await ChildProgram.run("openssl", ["genpkey", "-algorithm", algorithm, "-out", folder.path(name)])
            #expect(made.status == 0, "\(made.complaints)")
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder.path(name))
        }
        try await draw("x25519", "issuer.pem")
        try await draw("ed25519", "other.pem")
        let issuer = try configuration(["--issuer-key", folder.path("issuer.pem"), "--origin", "bank.example"], in: folder).scanIssuer()
        #expect(issuer?.identity.id == "bank.example")
        let judge = try await ChildProgram.run("openssl", ["pkey", "-in", folder.path("issuer.pem"), "-pubout", "-outform", "DER"])
        #expect(issuer.map { Data($0.identity.publicKey.rawRepresentation) } == judge.output.suffix(32))
        #expect(throws: ServeConfigurationError.self) {
            try configuration(["--issuer-key", folder.path("other.pem")], in: folder).scanIssuer()
        }
        #expect(try configuration([], in: folder).scanIssuer() == nil)
    }

    @Test func `the store, its policy and its rules are opened as configured`() async throws {
        let folder = try Folder()
        let made = try configuration(["--admit-retired"], in: folder)
        #expect(try await made.openStore(metrics: PrometheusMetrics()).mark == .test)
        #expect(try made.policy(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }).admittedAfterEndOfLife.contains(.token))
        #expect(try made.signatureRules().all.isEmpty)
        try folder.write(String(repeating: "ab", count: 32), to: "decoy")
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: folder.path("decoy"))
        let decoy = try configuration(["--decoy-key-file", folder.path("decoy")], in: folder)
        #expect(throws: ServeConfigurationError.self) { try decoy.strangersKey() }
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder.path("decoy"))
        let key = try decoy.strangersKey()
        #expect(key == SymmetricKey(data: [UInt8](repeating: 0xAB, count: 32)))
        #expect(try made.strangersKey() != made.strangersKey())
        #expect(try ServeConfiguration.pictures(key).names.count > 8)
    }

    @Test func `doors are where the configuration has them, and a key that others may read opens none`() throws {
        let folder = try Folder()
        try folder.write("core verifier \(Self.token)\n", to: "tokens")
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder.path("tokens"))
        let plain = try configuration(["--emulators"], in: folder)
        let doors = try plain.doors()
        guard doors.count == 1, case .unix(let place) = doors[0], case .unix(let emulators)? = plain.emulatorsDoor() else {
            Issue.record("\(doors)")
            return
        }
        #expect(place.path == plain.socket && place.roles == plain.peers && place.mode == 0o600)
        #expect(emulators.path == plain.emulators && emulators.path != place.path)
        let both = try configuration(["--listen", "127.0.0.1:0", "--tokens", folder.path("tokens")], in: folder).doors()
        guard both.count == 2, case .loopback(let loopback) = both[1] else {
            Issue.record("\(both)")
            return
        }
        #expect(loopback.port == 0 && loopback.tokens?.count == 1 && loopback.hosts == nil && loopback.origins.isEmpty)
        try folder.write(
            """
            {"store": {"place": "s", "test": true}, "tls": {"address": "::", "port": 0, "certificate": "c", "key": "tokens",
             "clientRoots": "r", "names": {"core": ["verifier"]}}}
            """, to: "serve.json")
        let beyond = try ServeConfiguration.effective(
            ServeOptions.parse(["--configuration", folder.path("serve.json")]), in: ServeConfigurationTests.person)
        guard case .tls(let tls)? = try beyond.doors().last else {
            Issue.record("no TLS")
            return
        }
        #expect(tls.address == "::" && tls.roles == ["core": [.verifier]] && tls.certificates.hasSuffix("/c"))
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: folder.path("tokens"))
        #expect(throws: ServeConfigurationError.self) { try beyond.doors() }
    }

    /// A person who always gives the same answer.
    private struct Answering: Holder {
        let error: HolderError?
        func show(_ prompt: Prompt) async {}
        func consent(to summary: Summary) async throws(HolderError) { if let error { throw error } }
        func pin(for request: PINRequest) async throws(HolderError) -> PIN {
            if let error { throw error }
            do throws(SecretBytesError) { return PIN(try SecretBytes()) } catch { throw .unavailable }
        }
        func permitsLastTry(_ request: PINRequest) async throws(HolderError) -> Bool {
            if let error { throw error }
            return true
        }
    }

    @Test func `the next one is asked where the first is not there, and never after a no`() async throws {
        let (absent, refusing, willing) = (Answering(error: .unavailable), Answering(error: .declined), Answering(error: nil))
        let summary = Summary(title: "x", lines: [])
        let request = PINRequest(
            summary: summary, device: "d", triesLeft: 1, previousWasWrong: false, wanted: .present("PIN"))
        try await HolderChain(holders: [absent, willing]).consent(to: summary)
        _ = try await HolderChain(holders: [absent, willing]).pin(for: request)
        #expect(try await HolderChain(holders: [absent, willing]).permitsLastTry(request))
        await #expect(throws: HolderError.declined) { try await HolderChain(holders: [refusing, willing]).consent(to: summary) }
        await #expect(throws: HolderError.declined) { _ = try await HolderChain(holders: [refusing, willing]).pin(for: request) }
        await #expect(throws: HolderError.unavailable) { try await HolderChain(holders: [absent]).consent(to: summary) }
        await #expect(throws: HolderError.unavailable) { _ = try await HolderChain(holders: []).pin(for: request) }
        #expect(try await HolderChain(holders: [absent]).permitsLastTry(request) == false)
    }

    @Test func `the next one is asked where the first cannot show the whole, and otherwise that is the reason`() async throws {
        let (absent, short, willing) = (
            Answering(error: .unavailable), Answering(error: .tooLong(bytes: 1155, limit: 1000)), Answering(error: nil)
        )
        let summary = Summary(title: "x", lines: [])
        let request = PINRequest(summary: summary, device: "d", triesLeft: 1, previousWasWrong: false)
        try await HolderChain(holders: [short, willing]).consent(to: summary)
        _ = try await HolderChain(holders: [short, absent, willing]).pin(for: request)
        #expect(try await HolderChain(holders: [short, willing]).permitsLastTry(request))
        for holders in [[short], [short, absent], [absent, short]] {
            let chain = HolderChain(holders: holders)
            await #expect(throws: HolderError.tooLong(bytes: 1155, limit: 1000)) { try await chain.consent(to: summary) }
            await #expect(throws: HolderError.tooLong(bytes: 1155, limit: 1000)) { _ = try await chain.pin(for: request) }
        }
    }
}
