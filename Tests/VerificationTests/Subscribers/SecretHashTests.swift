import Foundation
import Secrets
import Testing

@testable import Verification

/// scrypt against the published vectors, and the text in which a hash is stored.
struct SecretHashTests {
    /// RFC 7914, section 12, without the one that takes 1 GiB.
    private static let vectors = [
        (
            "", "", 4, 1, 1,
            "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906"
        ),
        (
            "password", "NaCl", 10, 8, 16,
            "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"
        ),
        (
            "pleaseletmein", "SodiumChloride", 14, 8, 1,
            "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
        ),
    ]

    @Test(arguments: vectors)
    func `scrypt gives what RFC 7914 says`(
        _ password: String, _ salt: String, _ logN: Int, _ blockSize: Int, _ lanes: Int, _ expected: String
    ) throws {
        let cost = ScryptCost(uncheckedLogN: logN, blockSize: blockSize, parallelisation: lanes)
        let secret = try SecretBytes.copying(password.utf8)
        let key = Scrypt.derive(from: secret, salt: Array(salt.utf8), cost: cost, count: 64) ?? []
        #expect(key.map { String(format: "%02x", $0) }.joined() == expected)
    }

    /// Made by Python's `hashlib.scrypt`.
    private static let python = "$scrypt$ln=15,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$CR/xq6YLfVcDdC2U7Ug/izjJx3F0L/NafrQ7OfJuMdQ"

    @Test func `a hash that another program made is read and matches`() throws {
        let hash = try #require(SecretHash(text: Self.python))
        #expect(hash.text == Self.python)
        let (right, wrong) = (try secret("Pass-w0rd"), try secret("Pass-w0re"))
        #expect(hash.matches(right.bytes) == true)
        #expect(hash.matches(wrong.bytes) == false)
    }

    @Test func `the same password has another hash each time, and each matches`() throws {
        var generator = SystemRandomNumberGenerator()
        let password = try secret("Pass-w0rd")
        let first = try #require(SecretHash.hashing(password.bytes, cost: .standard, using: &generator))
        let second = try #require(SecretHash.hashing(password.bytes, cost: .standard, using: &generator))
        #expect(first != second)
        #expect(first.matches(password.bytes) == true && second.matches(password.bytes) == true)
        let stored = try JSONDecoder().decode([SecretHash].self, from: JSONEncoder().encode([first]))
        #expect(stored == [first])
    }

    @Test(arguments: [
        "", "$scrypt$", "$argon2id$ln=15,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$AAAA", "$scrypt$ln=14,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$AAAA",
        "$scrypt$ln=15,r=8$AAECAwQFBgcICQoLDA0ODw$AAAA", "$scrypt$ln=63,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$AAAA",
        "$scrypt$ln=15,r=8,p=1$AAEC$AAAA", "$scrypt$ln==,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$AAAA", "Pass-w0rd",
    ])
    func `what cannot be a hash of ours is damage`(_ text: String) {
        #expect(SecretHash(text: text) == nil)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([SecretHash].self, from: JSONEncoder().encode([text])) }
    }

    @Test func `no hash costs less than 2^15, nor more than 1 GiB`() {
        #expect(ScryptCost.standard.logN == 15)
        #expect(ScryptCost(logN: 14) == nil && ScryptCost(logN: 15, blockSize: 4) == nil && ScryptCost(logN: 15, parallelisation: 0) == nil)
        #expect(ScryptCost(logN: 20, blockSize: 8) != nil)
        #expect(ScryptCost(logN: 21, blockSize: 8) == nil && ScryptCost(logN: Int.max) == nil && ScryptCost(logN: 20, blockSize: 16) == nil)
    }

    @Test func `a hash, a token and a secret tell nothing when they are printed`() throws {
        let hash = try #require(SecretHash(text: Self.python))
        let secret = HeldSecret(try SecretBytes.copying("Pass-w0rd".utf8))
        var generator = SystemRandomNumberGenerator()
        let token = SessionToken(using: &generator)
        var dumped = ""
        dump(hash, to: &dumped)
        dump(secret, to: &dumped)
        dump(token, to: &dumped)
        let text = "\(hash) \(secret) \(token) \(String(reflecting: token)) \(dumped)"
        #expect(!text.contains("AAEC") && !text.contains("Pass") && !text.contains(token.text))
        #expect(SessionToken(text: token.text) == token)
        #expect(SessionToken(text: token.text.uppercased()) == nil && SessionToken(text: "00") == nil)
    }
}
