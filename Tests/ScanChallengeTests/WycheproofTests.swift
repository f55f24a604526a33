import Crypto
import Foundation
import TestSupport
import Testing

@testable import ScanChallenge

/// Wycheproof's rows for the signatures of online answers and for keys of small order, read where they lie.
@Suite(.enabled(if: SharedVectors.isThere, "\(SharedVectors.hint)"))
struct WycheproofTests {
    struct Document<Group: Decodable>: Decodable {
        let numberOfTests: Int
        let testGroups: [Group]
    }

    struct Signatures: Decodable {
        struct Key: Decodable {
            /// Ed25519's 32 bytes.
            let pk: HexBytes?
            /// P-256's 65 bytes.
            let uncompressed: HexBytes?
        }
        struct Row: Decodable {
            let tcId: Int
            let msg, sig: HexBytes
            let result: String
        }
        let publicKey: Key
        let tests: [Row]
    }

    @Test(arguments: [("ed25519_test", AnswerKey.Algorithm.ed25519, 151), ("ecdsa_secp256r1_sha256_test", .p256, 484)])
    func `a signature of an online answer is taken when it is valid, and never otherwise`(
        name: String, algorithm: AnswerKey.Algorithm, count: Int
    ) throws {
        let document: Document<Signatures> = try SharedVectors.json("wycheproof/\(name).json")
        var rows = 0
        for group in document.testGroups {
            let point = try #require(algorithm == .ed25519 ? group.publicKey.pk : group.publicKey.uncompressed)
            let key = try AnswerKey(algorithm, publicKey: point.bytes)
            for row in group.tests {
                #expect(key.isValid(row.sig.bytes, over: row.msg.bytes) == (row.result == "valid"), "\(row.tcId)")
                rows += 1
            }
        }
        #expect(rows == count && rows == document.numberOfTests)
        SharedVectors.report(rows, of: "wycheproof \(name)")
    }

    @Test func `a key agreement that gives zeros is one with a key of small order, and every other key is taken`() throws {
        struct Group: Decodable {
            struct Row: Decodable {
                let tcId: Int
                let `public`, `private`, shared: HexBytes
                let flags: [String]
            }
            let tests: [Row]
        }
        let document: Document<Group> = try SharedVectors.json("wycheproof/x25519_test.json")
        let rows = document.testGroups.flatMap(\.tests)
        #expect(rows.count == 518 && rows.count == document.numberOfTests)
        var refused = 0
        for row in rows {
            let key = try Curve25519.KeyAgreement.PublicKey(rawRepresentation: row.public.bytes)
            #expect(key.isOfSmallOrder == row.flags.contains("ZeroSharedSecret"), "\(row.tcId)")
            refused += key.isOfSmallOrder ? 1 : 0
            let own = try Curve25519.KeyAgreement.PrivateKey(rawRepresentation: row.private.bytes)
            guard !key.isOfSmallOrder else { continue }
            #expect(try own.sharedSecretFromKeyAgreement(with: key).withUnsafeBytes { Array($0) } == row.shared.bytes, "\(row.tcId)")
        }
        #expect(refused == 31)
        SharedVectors.report(rows.count, of: "wycheproof x25519_test")
    }
}
