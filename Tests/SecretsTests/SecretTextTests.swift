import Foundation
import Secrets
import Testing

/// Secrets in files, read without a text of them; Foundation is the judge of Base64.
@Suite struct SecretTextTests {
    private enum Form { case hexadecimal, base64, pem }

    private func bytes(_ text: some Collection<UInt8>, _ form: Form) throws -> [UInt8]? {
        func copied(_ secret: borrowing SecretBytes) -> [UInt8] { secret.withBytes { bytes in bytes.withUnsafeBytes { Array($0) } } }
        switch form {
        case .hexadecimal: if let secret = try SecretText.hexadecimal(text) { return copied(secret) }
        case .base64: if let secret = try SecretText.base64(text) { return copied(secret) }
        case .pem: if let secret = try SecretText.pem(text, label: "PRIVATE KEY") { return copied(secret) }
        }
        return nil
    }

    @Test func `hexadecimal digits come in twos, capitals or not`() throws {
        #expect(try bytes("00ffA5a5".utf8, .hexadecimal) == [0, 0xFF, 0xA5, 0xA5])
        #expect(try bytes("".utf8, .hexadecimal) == [])
        for wrong in ["0", "0g", "00 ", "é0"] { #expect(try bytes(wrong.utf8, .hexadecimal) == nil, "\(wrong)") }
    }

    @Test func `Base64 is what Foundation writes, of every length`() throws {
        for count in 0..<70 {
            let data = Data((0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ count) })
            #expect(try bytes(data.base64EncodedString().utf8, .base64) == Array(data))
            let lines = data.base64EncodedString(options: [.lineLength64Characters, .endLineWithCarriageReturn])
            #expect(try bytes(lines.utf8, .base64) == Array(data))
        }
        for wrong in ["A", "AA", "AAA", "AA=", "AB==", "AAB=", "A===", "====", "AA==AAAA", "AA=A", "A-AA", "AAAA="] {
            #expect(try bytes(wrong.utf8, .base64) == nil, "\(wrong)")
        }
    }

    @Test func `a block of PEM is found among others, and none is made up`() throws {
        let key = "-----BEGIN PRIVATE KEY-----\r\nAAEC\r\nAwQ=\r\n-----END PRIVATE KEY----- \n"
        let other = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
        #expect(try bytes("Bag Attributes\n\(other)\(key)\(other)".utf8, .pem) == [0, 1, 2, 3, 4])
        let (begin, end) = ("-----BEGIN PRIVATE KEY-----\n", "-----END PRIVATE KEY-----\n")
        for wrong in ["", other, begin + "AAEC\n", end + begin, begin + "AAEC\n-----END PRIVATE KE", begin + "A!EC\n" + end] {
            #expect(try bytes(wrong.utf8, .pem) == nil, "\(wrong)")
        }
        #expect(throws: SecretBytesError.full) { _ = try bytes([UInt8](repeating: UInt8(ascii: "A"), count: 5464), .base64) }
    }
}
