import Crypto
import OATH
import TestSupport
import Testing

@Suite struct KeyURITests {
    private static let secret = "JBSWY3DPEHPK3PXP"
    private static let key = SymmetricKey(data: Array("Hello!".utf8) + [0xDE, 0xAD, 0xBE, 0xEF])

    private func error(_ text: String) -> OATHURIError? {
        do {
            _ = try KeyURI(parsing: text)
            return nil
        } catch {
            return error
        }
    }

    @Test func `the format's own examples are read`() throws {
        let uri = try KeyURI(parsing: "otpauth://totp/Example:alice@google.com?secret=JBSWY3DPEHPK3PXP&issuer=Example")
        #expect(uri.key == Self.key)
        #expect(uri.account == "alice@google.com" && uri.issuer == "Example")
        #expect(uri.algorithm == .sha1 && uri.digits == 6 && uri.factor == .period(30))
        let whole = try KeyURI(
            parsing: "otpauth://totp/ACME%20Co:john.doe@email.com?secret=HXDMVJECJJWSRB3HWIZR4IFUGFTMXBOZ&issuer=ACME%20Co"
                + "&algorithm=SHA1&digits=6&period=30")
        #expect(whole.issuer == "ACME Co")
        #expect(whole.key.bitCount == 160)
        for label in ["Big%20Corporation%3A%20alice%40bigco.com", "Big%20Corporation:%20%20alice@bigco.com"] {
            let other = try KeyURI(parsing: "otpauth://totp/\(label)?secret=\(Self.secret)")
            #expect(other.issuer == "Big Corporation" && other.account == "alice@bigco.com")
        }
    }

    @Test func `hotp has a counter, and codes that move with it`() throws {
        let uri = try KeyURI(parsing: "OTPAUTH://HOTP/a?secret=gezdgnbvgy3tqojqgezdgnbvgy3tqojq&counter=9&digits=6&algorithm=sha1")
        #expect(uri.factor == .counter(9))
        #expect(try uri.hotp()?.code(counter: 9) == "520489")
        #expect(try uri.totp() == nil)
        #expect(try KeyURI(parsing: "otpauth://hotp/a?secret=\(Self.secret)&counter=18446744073709551615").factor == .counter(.max))
    }

    @Test func `what is written is read again`() throws {
        var random = SeededGenerator(seed: 9)
        let names = ["alice@example.com", "Zoë Müller", "a b/c?d&e=f#g%h+i", "日本", "-._~"]
        for round in 0..<200 {
            let key = SymmetricKey(
                data: (0..<Int.random(in: 1...64, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) })
            let uri = try KeyURI(
                key: key, account: names[round % names.count], issuer: round.isMultiple(of: 3) ? nil : names[(round / 5) % names.count],
                algorithm: HashAlgorithm.allCases[round % 3], digits: 6 + round % 5,
                factor: round.isMultiple(of: 2) ? .counter(.random(in: 0 ... .max, using: &random)) : .period(1 + round * 400))
            let read = try KeyURI(parsing: uri.text)
            #expect(read.key == uri.key && read.account == uri.account && read.issuer == uri.issuer)
            #expect(read.algorithm == uri.algorithm && read.digits == uri.digits && read.factor == uri.factor)
            #expect(read.text == uri.text)
        }
    }

    @Test(arguments: [
        ("", OATHURIError.scheme(expected: "otpauth://")),
        ("http://totp/a?secret=JBSWY3DPEHPK3PXP", .scheme(expected: "otpauth://")),
        ("otpauth://", .missing("secret")),
        ("otpauth://totp/a", .missing("secret")),
        ("otpauth://totp?secret=JBSWY3DPEHPK3PXP", .missing("label")),
        ("otpauth://totp/a/b?secret=JBSWY3DPEHPK3PXP", .missing("label")),
        ("otpauth://steam/a?secret=JBSWY3DPEHPK3PXP", .value(of: "type", expected: "hotp or totp")),
        ("otpauth://totp/a?issuer=b", .missing("secret")),
        ("otpauth://totp/a?secret=", .missing("secret")),
        ("otpauth://totp/a?secret=JBSWY3DPEHPK3PX!", .value(of: "secret", expected: "Base32 of whole bytes")),
        ("otpauth://totp/a?secret=JBSWY3DPEHPK3PXPA", .value(of: "secret", expected: "Base32 of whole bytes")),
        ("otpauth://totp/a?secret=JBSWY3DPEHPK3PXP&secret=JBSWY3DPEHPK3PXP", .repeated("secret")),
        ("otpauth://totp/a?secret=JBSWY3DPEHPK3PXP&encoder=steam", .unknown("encoder")),
        ("otpauth://totp/a?secret=JBSWY3DPEHPK3PXP&image=x", .unknown("image")),
        ("otpauth://totp/a?secret=JBSWY3DPEHPK3PXP&counter=1", .unknown("counter")),
        ("otpauth://hotp/a?secret=JBSWY3DPEHPK3PXP&counter=1&period=30", .unknown("period")),
        ("otpauth://hotp/a?secret=JBSWY3DPEHPK3PXP", .missing("counter")),
        ("otpauth://hotp/a?secret=JBSWY3DPEHPK3PXP&counter=-1", .value(of: "counter", expected: "a number from 0 to 2^64 - 1")),
        (
            "otpauth://hotp/a?secret=JBSWY3DPEHPK3PXP&counter=18446744073709551616",
            .value(of: "counter", expected: "a number from 0 to 2^64 - 1")
        ),
        ("otpauth://totp/a?secret=JBSWY3DPEHPK3PXP&digits=5", .value(of: "digits", expected: "6 to 10")),
        ("otpauth://totp/a?secret=JBSWY3DPEHPK3PXP&digits=11", .value(of: "digits", expected: "6 to 10")),
        ("otpauth://totp/a?secret=JBSWY3DPEHPK3PXP&digits=%2B6", .value(of: "digits", expected: "6 to 10")),
        ("otpauth://totp/a?secret=JBSWY3DPEHPK3PXP&digits=06", .value(of: "digits", expected: "6 to 10")),
        ("otpauth://totp/a?secret=JBSWY3DPEHPK3PXP&digits=-6", .value(of: "digits", expected: "6 to 10")),
        ("otpauth://totp/a?secret=JBSWY3DPEHPK3PXP&period=030", .value(of: "period", expected: "1 to 86400 seconds")),
        ("otpauth://hotp/a?secret=JBSWY3DPEHPK3PXP&counter=00", .value(of: "counter", expected: "a number from 0 to 2^64 - 1")),
        ("otpauth://totp/a?secret=JBSWY3DPEHPK3PXP&period=0", .value(of: "period", expected: "1 to 86400 seconds")),
        ("otpauth://totp/a?secret=JBSWY3DPEHPK3PXP&period=86401", .value(of: "period", expected: "1 to 86400 seconds")),
        ("otpauth://totp/a?secret=JBSWY3DPEHPK3PXP&algorithm=MD5", .value(of: "algorithm", expected: "SHA1, SHA256 or SHA512")),
        ("otpauth://totp/b:a?secret=JBSWY3DPEHPK3PXP&issuer=c", .contradiction("issuer", "label")),
        ("otpauth://totp/a%?secret=JBSWY3DPEHPK3PXP", .encoding(of: "label")),
        ("otpauth://totp/a%zz?secret=JBSWY3DPEHPK3PXP", .encoding(of: "label")),
        ("otpauth://totp/%FF?secret=JBSWY3DPEHPK3PXP", .encoding(of: "label")),
        ("otpauth://totp/a%0A?secret=JBSWY3DPEHPK3PXP", .encoding(of: "label")),
        ("otpauth://totp/%E2%80%AEa?secret=JBSWY3DPEHPK3PXP", .encoding(of: "label")),
        ("otpauth://totp/a b?secret=JBSWY3DPEHPK3PXP", .encoding(of: "label")),
        ("otpauth://totp/?secret=JBSWY3DPEHPK3PXP", .value(of: "label", expected: "a name without colon, and without spaces at its ends")),
        (
            "otpauth://totp/b:?secret=JBSWY3DPEHPK3PXP",
            .value(of: "label", expected: "a name without colon, and without spaces at its ends")
        ),
        (
            "otpauth://totp/b:c:a?secret=JBSWY3DPEHPK3PXP",
            .value(of: "label", expected: "a name without colon, and without spaces at its ends")
        ),
        ("otpauth://totp/a?secret=JBSWY3DPEHPK3PXP&", .encoding(of: "parameters")),
        ("otpauth://totp/a?secret=JBSWY3DPEHPK3PXP&issuer", .encoding(of: "issuer")),
        ("otpauth://totp/a?secret=JBSWY3DPEHPK3PXP#x", .unknown("fragment")),
    ])
    func `what is no key says what is wrong, and never shows the secret`(text: String, expected: OATHURIError) {
        #expect(error(text) == expected)
        #expect(!expected.description.contains(Self.secret))
    }

    @Test func `a text that is too long is refused before it is read`() {
        #expect(error("otpauth://totp/" + String(repeating: "a", count: 5000)) == .tooLong(maximum: 4096))
    }

    @Test func `bytes at random never end the program`() {
        var random = SeededGenerator(seed: 10)
        let good = Array("otpauth://totp/Example:alice@google.com?secret=JBSWY3DPEHPK3PXP&issuer=Example&digits=8&period=60".utf8)
        for _ in 0..<2000 {
            var bytes = good
            for _ in 0..<3 { bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0x20...0x7E, using: &random) }
            let text = String(decoding: bytes, as: UTF8.self)
            guard let uri = try? KeyURI(parsing: text) else { continue }
            #expect((try? KeyURI(parsing: uri.text))?.text == uri.text)
        }
    }
}
