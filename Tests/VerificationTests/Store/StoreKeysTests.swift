import Crypto
import DeviceProtocol
import Foundation
import TestSupport
import Testing
import Verification

/// The keys that secrets are sealed with.
struct StoreKeysTests {
    private let old = SymmetricKey(data: Array(repeating: 1, count: 32))
    private let new = SymmetricKey(data: Array(repeating: 2, count: 32))
    private let secret = Data("12345678901234567890".utf8)

    private func place(
        _ purpose: SecretPlace.Purpose = .credential, enrolment: String = "E-1", subscriber: String = "alice", device: String = "T-1"
    ) throws -> SecretPlace {
        SecretPlace(
            purpose, of: EnrolmentID(rawValue: enrolment), subscriber: try SubscriberID(subscriber), device: device)
    }

    @Test func `what is sealed opens at its place, and shows nothing`() throws {
        let keys = try StoreKeys([old])
        let sealed = try keys.seal(secret, at: place())
        #expect(sealed.range(of: secret) == nil)
        #expect(sealed.count == 1 + 8 + 12 + secret.count + 16)
        #expect(try keys.open(sealed, at: place()) == secret)
        #expect(try keys.seal(secret, at: place()) != sealed)
    }

    @Test func `it opens at no other place`() throws {
        let keys = try StoreKeys([old])
        let sealed = try keys.seal(secret, at: place())
        for other in [
            try place(.sealing), try place(enrolment: "E-2"), try place(subscriber: "bob"), try place(device: "T-2"),
            try place(enrolment: "E-1a", subscriber: "lice"),
        ] {
            #expect(throws: StoreError.damaged("a sealed secret was changed, or is of another place")) { try keys.open(sealed, at: other) }
        }
    }

    @Test func `any changed byte is told`() throws {
        let keys = try StoreKeys([old])
        let sealed = try keys.seal(secret, at: place())
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(throws: StoreError.self, "\(index)") { try keys.open(changed, at: place()) }
            #expect(throws: StoreError.self, "\(index)") { try keys.open(sealed.prefix(index), at: place()) }
        }
    }

    @Test func `the first key seals, all open, and an unknown one is named`() throws {
        let (before, both, after) = (try StoreKeys([old]), try StoreKeys([new, old]), try StoreKeys([new]))
        let sealed = try before.seal(secret, at: place())
        #expect(try both.open(sealed, at: place()) == secret)
        #expect(both.current == after.current)
        #expect(throws: StoreError.unknownKey(before.current)) { try after.open(sealed, at: place()) }
        #expect(try after.open(both.seal(secret, at: place()), at: place()) == secret)
        #expect(StoreError.unknownKey(before.current).description.contains(before.current.description))
    }

    @Test func `what was never sealed is damage`() throws {
        #expect(throws: StoreError.damaged("a secret is not sealed")) {
            try StoreKeys([old]).open(Data(#"{"timedCode":{"_0":{"key":"AAAA"}}}-------------------"#.utf8), at: place())
        }
    }

    @Test func `keys are read from text, in order, with remarks`() throws {
        let text = "# this year's\n\(StoreKeys.line(of: new))\n  \(StoreKeys.line(of: old))"
        #expect(try StoreKeys(text: text).current == StoreKeys.name(of: new))
        #expect(try StoreKeys(text: text).knows(StoreKeys.name(of: old)))
        #expect(try StoreKeys(variable: "KEYS", in: ["KEYS": text]).current == StoreKeys.name(of: new))
        let foreign = "# Windows\r\n\t" + text.replacing("\n", with: " \r\n")
        #expect(try StoreKeys(text: foreign).current == StoreKeys.name(of: new))
    }

    @Test(
        arguments: zip(
            ["", "# none\n", "AAAA", "\n%%%%\n"],
            ["there is no key", "there is no key", "a key does not have 32 bytes", "line 2 is not Base64"]))
    func `text without usable keys is refused`(_ text: String, _ reason: String) {
        #expect(throws: StoreError.unusableKeys(reason)) { try StoreKeys(text: text) }
    }

    @Test func `a file that others can read is refused, and a missing one named`() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("keys")
        try Data(StoreKeys.line(of: new).utf8).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
        #expect(throws: StoreError.exposed(path: path)) { try StoreKeys(file: path) }
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        #expect(try StoreKeys(file: path).current == StoreKeys.name(of: new))
        try Data(repeating: UInt8(ascii: "\n"), count: 65_537).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        #expect(throws: StoreError.unusableKeys("\"\(path)\" is too long to be a file of keys")) { try StoreKeys(file: path) }
        #expect(throws: StoreError.unusableKeys("cannot read \"\(path)x\"")) { try StoreKeys(file: path + "x") }
        #expect(throws: StoreError.unusableKeys("the variable KEYS is not set")) { try StoreKeys(variable: "KEYS", in: [:]) }
    }

    @Test func `a link to a file of keys is that file, and nobody waits for a pipe`() throws {
        let folder = try TemporaryFolder()
        let (path, link, pipe) = (folder.path("keys"), folder.path("link"), folder.path("pipe"))
        try Data(StoreKeys.line(of: new).utf8).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        #expect(try StoreKeys(file: link).current == StoreKeys.name(of: new))
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        #expect(throws: StoreError.exposed(path: link)) { try StoreKeys(file: link) }
        #expect(mkfifo(pipe, 0o600) == 0)
        for name in [pipe, "/dev/null", folder.url.path] {
            #expect(throws: StoreError.unusableKeys("\"\(name)\" is not a file")) { try StoreKeys(file: name) }
        }
    }

    @Test func `openssl computes the same key for a place`() async throws {
        // HKDF-Expand as OpenSSL has it, and AES-GCM through a key that it derived.
        let keys = try StoreKeys([old])
        let sealed = try keys.seal(secret, at: place())
        func part(_ text: String) -> [UInt8] {
            [0, 0, 0, UInt8(text.utf8.count)] + Array(text.utf8)
        }
        let info = ["tessera/at-rest/1", "credential", "E-1", "alice", "T-1"].flatMap(part)
        let judged = try await ChildProgram.run(
            "openssl",
            [
                "kdf", "-keylen", "32", "-kdfopt", "digest:SHA256", "-kdfopt", "mode:EXPAND_ONLY", "-kdfopt",
                "hexkey:" + String(repeating: "01", count: 32), "-kdfopt", "hexinfo:" + info.map { String(format: "%02x", $0) }.joined(),
                "-binary", "HKDF",
            ])
        #expect(judged.status == 0, "\(judged.complaints)")
        let box = try AES.GCM.SealedBox(combined: sealed.dropFirst(9))
        let opened = try AES.GCM.open(
            box, using: SymmetricKey(data: judged.output), authenticating: sealed.prefix(9) + Data(info))
        #expect(opened == secret)
    }
}
