import Crypto
import Foundation
import OATH
import Secrets
import TestSupport
import Testing

@testable import PSKC

/// Wycheproof's rows for what our code calls, read where they lie.
@Suite(.enabled(if: SharedVectors.isThere, "\(SharedVectors.hint)"))
struct WycheproofTests {
    struct Document<Row: Decodable>: Decodable {
        struct Group: Decodable {
            let tests: [Row]
        }
        let numberOfTests: Int
        let testGroups: [Group]
        var rows: [Row] { testGroups.flatMap(\.tests) }
    }

    private func rows<Row: Decodable>(_ name: String, as type: Row.Type = Row.self) throws -> [Row] {
        let document: Document<Row> = try SharedVectors.json("wycheproof/\(name).json")
        #expect(document.rows.count == document.numberOfTests)
        SharedVectors.report(document.rows.count, of: "wycheproof \(name)")
        return document.rows
    }

    @Test func `AES-CBC opens what is valid and nothing else`() throws {
        struct Row: Decodable {
            let tcId: Int
            let key, iv, msg, ct: HexBytes
            let result: String
        }
        let rows: [Row] = try rows("aes_cbc_pkcs5_test")
        #expect(rows.count == 216)
        for row in rows {
            let key = SymmetricKey(data: row.key.bytes)
            let value = SealedValue(cipher: try ValueCipher(for: key), bytes: row.iv.bytes + row.ct.bytes)
            if row.result == "valid" {
                let plain = try ValueSeal.decrypt(value, using: key)
                #expect(plain.withBytes { $0.byteCount } == row.msg.bytes.count, "\(row.tcId)")
                #expect(plain.key == SymmetricKey(data: row.msg.bytes), "\(row.tcId)")
                let sealed = try ValueSeal.encrypt(SymmetricKey(data: row.msg.bytes), using: key, vector: row.iv.bytes)
                #expect(sealed == value.bytes, "\(row.tcId)")
            } else {
                #expect(throws: PSKCError.notAuthentic, "\(row.tcId)") { _ = try ValueSeal.decrypt(value, using: key) }
            }
        }
    }

    @Test(arguments: [("pbkdf2_hmacsha1_test", HashAlgorithm.sha1, 64), ("pbkdf2_hmacsha256_test", .sha256, 60)])
    func `a password gives the published key`(name: String, algorithm: HashAlgorithm, count: Int) throws {
        struct Row: Decodable {
            let tcId, iterationCount, dkLen: Int
            let password, salt, dk: HexBytes
        }
        let rows: [Row] = try rows(name)
        #expect(rows.count == count)
        for row in rows {
            let derivation = PasswordDerivation(
                salt: row.salt.bytes, rounds: row.iterationCount, keyByteCount: nil, algorithm: algorithm)
            let key = try derivation.key(from: SecretBytes.copying(row.password.bytes), byteCount: row.dkLen)
            #expect(key == SymmetricKey(data: row.dk.bytes), "\(row.tcId)")
        }
    }

    @Test(arguments: [("hmac_sha1_test", HashAlgorithm.sha1), ("hmac_sha256_test", .sha256), ("hmac_sha512_test", .sha512)])
    func `a MAC is the published one`(name: String, algorithm: HashAlgorithm) throws {
        struct Row: Decodable {
            let tcId: Int
            let key, msg, tag: HexBytes
            let result: String
        }
        for row in try rows(name, as: Row.self) {
            let mac = algorithm.hmac(of: row.msg.bytes, using: SymmetricKey(data: row.key.bytes)).prefix(row.tag.bytes.count)
            #expect((Array(mac) == row.tag.bytes) == (row.result == "valid"), "\(row.tcId)")
        }
    }

    @Test func `RFC 6070's keys come out`() throws {
        let text = String(decoding: try SharedVectors.bytes("rfc6070-pbkdf2-hmac-sha1.txt"), as: UTF8.self)
        let pattern = /P = ([0-9a-f]+)\nS = ([0-9a-f]+)\nc = (\d+)\ndkLen = (\d+)\n\nDK = ([0-9a-f]+)/
        func bytes(_ digits: Substring) throws -> [UInt8] {
            try JSONDecoder().decode(HexBytes.self, from: Data("\"\(digits)\"".utf8)).bytes
        }
        let rows = text.matches(of: pattern)
        #expect(rows.count == 6)
        // The row of 16,777,216 rounds takes more than a document may ask for.
        for row in rows where Int(row.3).map({ $0 <= PasswordDerivation.maximumRounds }) ?? false {
            let derivation = PasswordDerivation(
                salt: try bytes(row.2), rounds: try #require(Int(row.3)), keyByteCount: nil, algorithm: .sha1)
            let key = try derivation.key(from: SecretBytes.copying(bytes(row.1)), byteCount: try #require(Int(row.4)))
            #expect(key == SymmetricKey(data: try bytes(row.5)))
        }
    }
}
