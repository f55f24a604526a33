import Crypto
import Foundation
import TestSupport
import Testing

@testable import ScanChallenge

/// The suite that seals are made with, against the numbers of RFC 9180.
///
/// The vectors have another `info` than a seal of ours, so they are opened below ``ScanSeal``. A sender cannot be given an
/// ephemeral key, so they are only opened.
@Suite struct HPKEVectorTests {
    struct Vectors: Decodable {
        struct Encryption: Decodable {
            let aad: HexBytes
            let ciphertext: HexBytes
            let plaintext: HexBytes
        }
        struct Export: Decodable {
            let context: HexBytes
            let value: HexBytes
        }
        let info: HexBytes
        let recipientPrivateKey: HexBytes
        let senderPublicKey: HexBytes
        let psk: HexBytes
        let pskID: HexBytes
        let encapsulatedKey: HexBytes
        let encryptions: [Encryption]
        let exports: [Export]

        func recipient(info: [UInt8]? = nil, psk: [UInt8]? = nil, pskID: [UInt8]? = nil, sender: [UInt8]? = nil) throws -> HPKE.Recipient {
            try HPKE.Recipient(
                privateKey: Curve25519.KeyAgreement.PrivateKey(rawRepresentation: recipientPrivateKey.bytes), ciphersuite: ScanSeal.suite,
                info: Data(info ?? self.info.bytes), encapsulatedKey: Data(encapsulatedKey.bytes),
                authenticatedBy: Curve25519.KeyAgreement.PublicKey(rawRepresentation: sender ?? senderPublicKey.bytes),
                presharedKey: SymmetricKey(data: psk ?? self.psk.bytes), presharedKeyIdentifier: Data(pskID ?? self.pskID.bytes))
        }
    }

    private let vectors: Vectors

    init() throws { vectors = try Fixture.json("hpke/authpsk-rfc9180.json") }

    @Test func `the published AuthPSK ciphertexts open with our suite`() throws {
        #expect(vectors.encryptions.count == 6)
        var recipient = try vectors.recipient()
        for vector in vectors.encryptions {
            let plaintext = try recipient.open(vector.ciphertext.bytes, authenticating: vector.aad.bytes)
            #expect(Array(plaintext) == vector.plaintext.bytes)
        }
    }

    @Test func `the published exported secrets come out`() throws {
        let recipient = try vectors.recipient()
        #expect(vectors.exports.count == 3)
        for export in vectors.exports {
            let value = try recipient.exportSecret(context: export.context.bytes, outputByteCount: export.value.bytes.count)
            #expect(value.bytes == export.value.bytes)
        }
    }

    @Test func `with any other input the published ciphertext stays shut`() throws {
        let vector = try #require(vectors.encryptions.first)
        func flipped(_ bytes: [UInt8]) -> [UInt8] { [bytes[0] ^ 1] + bytes.dropFirst() }
        var others = [
            try vectors.recipient(info: flipped(vectors.info.bytes)), try vectors.recipient(psk: flipped(vectors.psk.bytes)),
            try vectors.recipient(pskID: flipped(vectors.pskID.bytes)),
            try vectors.recipient(sender: Array(Curve25519.KeyAgreement.PrivateKey().publicKey.rawRepresentation)),
        ]
        for index in others.indices {
            #expect(throws: (any Error).self) { try others[index].open(vector.ciphertext.bytes, authenticating: vector.aad.bytes) }
        }
        var right = try vectors.recipient()
        #expect(throws: (any Error).self) { try right.open(vector.ciphertext.bytes, authenticating: flipped(vector.aad.bytes)) }
    }
}
