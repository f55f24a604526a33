import Crypto
import SwiftASN1
import Testing
import X509

@testable import Emulation

@Suite struct VirtualKeyTests {
    private func key(_ kind: CardKeyKind) throws -> VirtualKey {
        try #require(try TestCards.content(kind).keys[.keyManagement])
    }

    @Test(arguments: CardKeyKind.allCases)
    func `a public key is read by swift-certificates`(kind: CardKeyKind) throws {
        let key = try key(kind)
        let publicKey = try Certificate.PublicKey(derEncoded: key.publicKey())
        switch kind {
        case .rsa2048, .rsa3072, .rsa4096:
            #expect(P256.Signing.PublicKey(publicKey) == nil && P384.Signing.PublicKey(publicKey) == nil)
        case .p256: #expect(P256.Signing.PublicKey(publicKey) != nil)
        case .p384: #expect(P384.Signing.PublicKey(publicKey) != nil)
        }
    }

    @Test func `two keys are not the same`() throws {
        #expect(try VirtualKey.generate(.p256).publicKey() != VirtualKey.generate(.p256).publicKey())
    }

    @Test func `raw RSA with our own padding is a PKCS#1 signature`() throws {
        let key = try key(.rsa2048)
        let message = Array("pay 10 EUR".utf8)
        let signature = try key.rawRSA(pkcs1(Array(SHA256.hash(data: message))))
        let publicKey = try Certificate.PublicKey(derEncoded: key.publicKey())
        #expect(publicKey.isValidSignature(signature, for: message, signatureAlgorithm: .sha256WithRSAEncryption))
        #expect(!publicKey.isValidSignature(signature, for: message + [0], signatureAlgorithm: .sha256WithRSAEncryption))
    }

    @Test(arguments: [0, 1, 255, 257])
    func `raw RSA takes a block as long as the modulus`(length: Int) throws {
        let key = try key(.rsa2048)
        #expect(throws: VirtualKeyError.self) { try key.rawRSA(Array(repeating: 1, count: length)) }
    }

    @Test func `raw RSA refuses a number above the modulus, and works again afterwards`() throws {
        let key = try key(.rsa2048)
        #expect(throws: VirtualKeyError.self) { try key.rawRSA(Array(repeating: 0xFF, count: 256)) }
        #expect(try key.rawRSA([0] + Array(repeating: 0x11, count: 255)).count == 256)
    }

    @Test func `one key signs for many at once, and each signature is right`() async throws {
        let key = try key(.p256)
        let publicKey = try P256.Signing.PublicKey(derRepresentation: key.publicKey())
        let areRight = try await withThrowingTaskGroup { group in
            for number in 0..<200 {
                group.addTask {
                    let message = Array("pay \(number) EUR".utf8)
                    let signature = try key.sign(digest: Array(SHA256.hash(data: message)))
                    return publicKey.isValidSignature(try P256.Signing.ECDSASignature(derRepresentation: signature), for: message)
                }
            }
            return try await group.reduce(true) { $0 && $1 }
        }
        #expect(areRight)
    }

    @Test func `ECDSA on P-256 and P-384 verifies with swift-crypto`() throws {
        let message = Array("pay 10 EUR".utf8)
        let small = try key(.p256)
        let signature = try P256.Signing.ECDSASignature(derRepresentation: small.sign(digest: Array(SHA256.hash(data: message))))
        #expect(try P256.Signing.PublicKey(derRepresentation: small.publicKey()).isValidSignature(signature, for: message))
        let large = try key(.p384)
        let other = try P384.Signing.ECDSASignature(derRepresentation: large.sign(digest: Array(SHA384.hash(data: message))))
        #expect(try P384.Signing.PublicKey(derRepresentation: large.publicKey()).isValidSignature(other, for: message))
    }

    @Test func `two parties agree on one secret`() throws {
        let card = try key(.p256)
        let host = P256.KeyAgreement.PrivateKey()
        let cardKey = try P256.KeyAgreement.PublicKey(derRepresentation: card.publicKey())
        let expected = try host.sharedSecretFromKeyAgreement(with: cardKey).withUnsafeBytes { Array($0) }
        #expect(try card.agree(with: Array(host.publicKey.x963Representation)) == expected)
    }

    @Test(
        arguments: [[], [0x04], [0x00], [0x04] + Array(repeating: 0, count: 64), [0x04] + Array(repeating: 0xFF, count: 64)] as [[UInt8]])
    func `a point that is not on the curve is refused`(point: [UInt8]) throws {
        let key = try key(.p256)
        #expect(throws: VirtualKeyError.self) { try key.agree(with: point) }
    }

    @Test func `a point of another curve is refused`() throws {
        let key = try key(.p256)
        let point = Array(P384.KeyAgreement.PrivateKey().publicKey.x963Representation)
        #expect(throws: VirtualKeyError.self) { try key.agree(with: point) }
    }

    @Test func `a failure names the call and OpenSSL's code`() throws {
        let key = try key(.rsa2048)
        let error = try #require(throws: VirtualKeyError.self) { try key.rawRSA([1]) }
        #expect(error.call == "EVP_PKEY_sign")
        #expect(error.code != 0)
        #expect(error.description.hasPrefix("EVP_PKEY_sign failed, OpenSSL error "))
    }

    @Test func `a key serves many threads at once`() async throws {
        let key = try key(.p256)
        let publicKey = try P256.Signing.PublicKey(derRepresentation: key.publicKey())
        let valid = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<32 {
                group.addTask {
                    let digest = SHA256.hash(data: [UInt8(number)])
                    let signature = try P256.Signing.ECDSASignature(derRepresentation: key.sign(digest: Array(digest)))
                    return publicKey.isValidSignature(signature, for: digest)
                }
            }
            return try await group.reduce(true) { $0 && $1 }
        }
        #expect(valid)
    }
}
