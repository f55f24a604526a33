import ISO7816
import TestSupport
import Testing

@testable import CardApplications

/// DigestInfo, padding, ECDSA signatures, certificates: the forms that bytes take on their way to a card and back.
struct SignatureFormsTests {
    private func key(_ algorithm: CardKey.Algorithm) -> CardKey {
        CardKey(id: [1], label: "Key", role: .signature, algorithm: algorithm, certificate: [])
    }

    @Test(
        arguments: [
            // RFC 8017, 9.2, note 1: the prefixes of SHA-256 and SHA-384.
            (32, "3031300D060960864801650304020105000420"), (48, "3041300D060960864801650304020205000430"),
        ])
    func `DigestInfo begins as RFC 8017 prints it`(_ length: Int, _ prefix: String) throws {
        let digest = (0..<length).map { UInt8($0) }
        let input = try SignatureInput(digest, for: key(.rsa(bits: 2048)))
        #expect(input.digestInfo.hexadecimal == prefix + digest.hexadecimal)
    }

    @Test(arguments: [32, 48], [1024, 2048, 3072, 4096])
    func `the block for raw RSA is as long as the modulus and begins 00 01 FF`(_ length: Int, _ bits: Int) throws {
        let input = try SignatureInput([UInt8](repeating: 0xD1, count: length), for: key(.rsa(bits: bits)))
        let block = input.padded(toBits: bits)
        #expect(block.count == bits / 8)
        #expect(block.prefix(2) == [0x00, 0x01])
        let filling = block.dropFirst(2).prefix { $0 == 0xFF }
        #expect(filling.count == bits / 8 - 3 - input.digestInfo.count)
        #expect(Array(block.dropFirst(2 + filling.count)) == [0x00] + input.digestInfo)
    }

    @Test(
        arguments: [
            (.rsa(bits: 2048), [32, 48]), (.rsa(bits: 3072), [32, 48]), (.p256, [32]), (.p384, [48]),
            (.ed25519, []), (.x25519, []),
        ] as [(CardKey.Algorithm, [Int])])
    func `each key takes the digests that fit it`(_ algorithm: CardKey.Algorithm, _ lengths: [Int]) {
        for length in 0...80 {
            let input = try? SignatureInput([UInt8](repeating: 0, count: length), for: key(algorithm))
            #expect((input != nil) == lengths.contains(length), "\(length) bytes")
        }
    }

    @Test(arguments: [0, 8, 512, 1016, 1023, 1025, 2047, 2052, 4095])
    func `an RSA modulus that is too short, or of no whole bytes, is refused before anything is sent`(_ bits: Int) {
        for length in [32, 48] {
            let error = #expect(throws: CardError.self) {
                try SignatureInput([UInt8](repeating: 0, count: length), for: key(.rsa(bits: bits)))
            }
            #expect(error?.code == .notSupported)
        }
    }

    @Test(
        arguments: [
            ("01", "01", "3006020101020101"), ("00", "7F", "300602010002017F"), ("80", "FF", "30080202008002 0200FF"),
            ("0080", "7FFF", "300802020080 02027FFF"), ("0001", "00FF", "3007020101020200FF"),
        ])
    func `r and s side by side become the shortest DER`(_ r: String, _ s: String, _ der: String) throws {
        let (r, s) = (try #require([UInt8](hexadecimal: r)), try #require([UInt8](hexadecimal: s)))
        for size in [32, 48] {
            let raw = [r, s].flatMap { [UInt8](repeating: 0, count: size - $0.count) + $0 }
            #expect(try ECDSASignature.der(from: raw, scalarBytes: size, subject: "") == [UInt8](hexadecimal: der))
        }
    }

    @Test func `full scalars with a high first bit get a leading zero each`() throws {
        let der = try ECDSASignature.der(from: [UInt8](repeating: 0xFF, count: 96), scalarBytes: 48, subject: "")
        #expect(der.count == 2 + 2 * (2 + 49))
        #expect(der.prefix(5) == [0x30, 0x66, 0x02, 0x31, 0x00])
    }

    @Test(arguments: ["3006020101020101", "30080202008002020 0FF"])
    func `DER passes as it is`(_ text: String) throws {
        let der = try #require([UInt8](hexadecimal: text))
        #expect(try ECDSASignature.der(from: der, scalarBytes: 32, subject: "") == der)
    }

    @Test(
        arguments: [
            "", "30", "3006020101", "300602010102010100", "3003020101", "3009020101020101020101", "3006020101040101", "3081060201010201 01",
            "3006020101020200", "30040200020101", "FF", "02010102",
        ])
    func `what is neither DER nor two scalars is malformed`(_ text: String) throws {
        let bytes = try #require([UInt8](hexadecimal: text))
        #expect(throws: CardError(.malformedAnswer, "")) { try ECDSASignature.der(from: bytes, scalarBytes: 32, subject: "") }
    }

    @Test func `two scalars that begin like DER are still two scalars`() throws {
        let raw = [0x30, 0x3E] + [UInt8](repeating: 0x02, count: 62)
        let der = try ECDSASignature.der(from: raw, scalarBytes: 32, subject: "")
        #expect(der == [0x30, 0x44, 0x02, 0x20] + raw.prefix(32) + [0x02, 0x20] + raw.suffix(32))
    }

    @Test(
        arguments: [
            ("p256", .p256, .authentication), ("p384", .p384, .signature), ("rsa2048", .rsa(bits: 2048), .decryption),
            ("rsa3072", .rsa(bits: 3072), .signature), ("secp256k1", nil, .authentication), ("ed25519", .ed25519, .authentication),
            ("p256-without-usage", .p256, nil), ("p256-issuer", .p256, nil),
        ] as [(String, CardKey.Algorithm?, CardKey.Role?)])
    func `a certificate tells its key's kind and usage`(
        _ name: String, _ algorithm: CardKey.Algorithm?, _ role: CardKey.Role?
    ) throws {
        let bytes = try #require(try Fixture.json("certificates/keys.json", as: [String: HexBytes].self)[name]?.bytes)
        let parsed = try #require(CertificateKey(parsing: bytes))
        #expect(parsed.algorithm == algorithm)
        #expect(parsed.role == role)
        #expect(CertificateKey(parsing: bytes + [0]) == nil)
        #expect(CertificateKey(parsing: Array(bytes.dropLast())) == nil)
        #expect(CertificateKey(parsing: Array(bytes.dropFirst())) == nil)
    }

    @Test(arguments: [[], [0x30], [0x30, 0x00], [0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF], [UInt8](repeating: 0xFF, count: 100)] as [[UInt8]])
    func `what is no certificate is none`(_ bytes: [UInt8]) {
        #expect(CertificateKey(parsing: bytes) == nil)
    }

    @Test(
        arguments: [(.rsa(bits: 2048), "RSA 2048"), (.p256, "EC P-256"), (.p384, "EC P-384"), (.ed25519, "Ed25519")]
            as [(CardKey.Algorithm, String)])
    func `algorithms are written as people write them`(_ algorithm: CardKey.Algorithm, _ text: String) {
        #expect(algorithm.description == text)
    }
}
