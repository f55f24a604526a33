import Crypto
import DeviceProtocol
import Foundation
import HTTPDoor
import PSKC
import ScanChallenge
import Secrets
import TestSupport
import Testing
import Verification

@testable import tessera

/// No value that holds a secret tells it when it is printed, reflected or dumped, as libraries do that log what they are given.
@Suite struct PrintedSecretTests {
    private static let word = "Kanarien-Vogel-im-Bergwerk-7f3a91"
    private static let bytes = Array("Kanarien-Vogel-im-Bergwerk-7f3a9".utf8)
    private static let key = SymmetricKey(data: bytes)

    /// What would be found out if it told.
    private struct Careless {
        let word = PrintedSecretTests.word
        let bytes = PrintedSecretTests.bytes
    }

    @Test func `a value that tells is found out, whichever way it tells`() {
        struct Holder<Value> { let value: Value }
        #expect(Printed(Careless()).tells(Self.word) && Printed(Careless()).tells(Self.bytes))
        #expect(Printed(Holder(value: Data(Self.bytes).base64EncodedString())).tells(Self.bytes))
        #expect(Printed(Holder(value: Self.bytes.map { String(format: "%02X", $0) }.joined())).tells(Self.bytes))
        #expect(Printed(Holder(value: ContiguousArray(Self.bytes))).tells(Self.bytes))
        #expect(!Printed(Holder(value: Array(Self.bytes.reversed()))).tells(Self.bytes))
    }

    @Test func `a bearer token and the file of tokens tell names alone`() throws {
        let token = try BearerToken("core", secret: .copying(Self.word.utf8), roles: [.verifier])
        let place = LoopbackPlace(port: 1, tokens: [token])
        for printed in [Printed(token), Printed(place), Printed(DoorPlace.loopback(place)), Printed(Optional(token) as Any)] {
            #expect(!printed.tells(Self.word) && printed.text.contains("token core"))
        }
        let word = Self.bytes.map { String(format: "%02x", $0) }.joined()
        let file = try AccessTokens("core verifier \(word)".utf8)
        #expect(!Printed(file).tells(word) && !Printed(file).tells(Self.bytes) && Printed(file).text.contains("token core"))
    }

    @Test func `keys of stores, devices and documents do not tell themselves`() throws {
        let stores = try StoreKeys([Self.key, SymmetricKey(size: .bits256)])
        #expect(Printed(stores).text.contains("2 store keys, now \(StoreKeys.name(of: Self.key))"))
        // What lies in the state of its hash is as good as the key: there is nothing in it to look into.
        #expect(Mirror(reflecting: stores).children.isEmpty)
        let id = try ScanKeyID(Array(0..<8))
        let sealing = try ScanSealingKey(id: id, presharedKey: Self.key)
        let record = try ScanFactoryRecord(
            serial: DeviceID("S-1"), publicKey: Curve25519.KeyAgreement.PrivateKey().publicKey, factorySecret: Self.key)
        let pskc = PSKCKey(id: "T-1", algorithm: .totp, secret: Self.key)
        let values: [Any] = [
            Self.key, KeyMaterial(Self.key), stores, sealing, ScanKeys(sealing: sealing, ocra: Self.key), record, pskc,
            KeyContainer(packages: [KeyPackage(device: DeviceInfo(), key: pskc)]), TimedCode(key: KeyMaterial(Self.key)),
            EvidenceKey(Self.key), Enrolments.Registration.seed(Self.key),
        ]
        for value in values { #expect(!Printed(value).tells(Self.bytes), "\(type(of: value))") }
    }

    @Test func `passwords, sessions and what holds a PIN do not tell either`() throws {
        let held = HeldSecret(try SecretBytes.copying(Self.word.utf8))
        let session = try #require(SessionToken(text: Self.bytes.prefix(32).map { String(format: "%02x", $0) }.joined()))
        let values: [Any] = [held, session, Activations.Proof.newPassword(held), Activations.Proof.initialPassword(held)]
        for value in values { #expect(!Printed(value).tells(Self.word) && !Printed(value).tells(Self.bytes), "\(type(of: value))") }
        // A PIN and the bytes of a secret cannot be copied, so that nothing can print them; what carries them can be printed.
        let handover = Handover<PIN, HolderError>()
        _ = handover.put(PIN(try SecretBytes.copying(Self.word.utf8)))
        #expect(!Printed(handover).tells(Self.word))
    }
}
