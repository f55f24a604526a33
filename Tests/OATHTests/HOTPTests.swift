import Crypto
import TestSupport
import Testing

@testable import OATH

@Suite struct HOTPTests {
    struct Published: Decodable {
        struct Row: Decodable {
            let counter: UInt64
            let hmac: HexBytes
            let truncated: UInt32
            let code: String
        }
        let key: HexBytes
        let rows: [Row]
    }

    @Test func `every published code, and the steps to it, come out`() throws {
        let published: Published = try Fixture.json("oath/hotp-rfc4226.json")
        let key = SymmetricKey(data: published.key.bytes)
        let hotp = try HOTP(key: key)
        #expect(published.rows.map(\.counter) == Array(0...9))
        for row in published.rows {
            let mac = KeyedHash(.sha1, key: key).authenticationCode(over: [row.counter.bigEndianBytes])
            #expect(mac == row.hmac.bytes)
            #expect(DynamicTruncation.number(from: mac) == row.truncated)
            #expect(hotp.code(counter: row.counter) == row.code)
        }
    }

    @Test func `a longer code ends in the shorter one, up to all the digits of the number`() throws {
        let published: Published = try Fixture.json("oath/hotp-rfc4226.json")
        for row in published.rows {
            let decimal = String(row.truncated)
            for digits in HOTP.digits {
                let hotp = try HOTP(key: SymmetricKey(data: published.key.bytes), digits: digits)
                let code = hotp.code(counter: row.counter)
                #expect(code.count == digits)
                #expect(("0000000000" + decimal).hasSuffix(code))
            }
        }
    }

    @Test func `ten digits hold the largest number, and zeros stay in front of a small one`() {
        // Offset 15, so the number is read from bytes 15 to 18 of 20; the top bit is masked.
        var mac: [UInt8] = Array(repeating: 0, count: 15) + [0xFF, 0xFF, 0xFF, 0xFF, 0x0F]
        #expect(DynamicTruncation.number(from: mac) == 0x7FFF_FFFF)
        #expect(DynamicTruncation.code(from: mac, digits: 10) == "2147483647")
        #expect(DynamicTruncation.code(from: mac, digits: 6) == "483647")
        mac.replaceSubrange(15..<19, with: [0x80, 0, 0, 0x2A])
        #expect(DynamicTruncation.code(from: mac, digits: 10) == "0000000042")
        #expect(DynamicTruncation.code(from: mac, digits: 4) == "0042")
    }

    @Test(arguments: [(20, 0), (20, 15), (32, 15), (64, 7)])
    func `the last byte, not byte 19, names the offset`(length: Int, offset: Int) {
        var mac = [UInt8](repeating: 0xEE, count: length)
        mac.replaceSubrange(offset..<offset + 4, with: [1, 2, 3, 4])
        mac[length - 1] = 0xA0 | UInt8(offset)
        #expect(DynamicTruncation.number(from: mac) == 0x0102_0304)
    }

    @Test(arguments: [Int.min, -1, 0, 5, 11, Int.max])
    func `five digits are too few and eleven too many`(digits: Int) {
        #expect(throws: OATHError.digits(digits)) { try HOTP(key: SymmetricKey(size: .bits256), digits: digits) }
    }

    @Test func `an empty key is refused, one byte is not`() throws {
        #expect(throws: OATHError.emptyKey) { try HOTP(key: SymmetricKey(data: [UInt8]())) }
        #expect(try HOTP(key: SymmetricKey(data: [7])).code(counter: 0).count == 6)
    }

    @Test func `the counter goes in as eight bytes, the first one first`() throws {
        #expect(UInt64(0x0102_0304_0506_0708).bigEndianBytes == [1, 2, 3, 4, 5, 6, 7, 8])
        #expect(UInt64.max.bigEndianBytes == [UInt8](repeating: 0xFF, count: 8))
        #expect(UInt64(1).bigEndianBytes == [0, 0, 0, 0, 0, 0, 0, 1])
    }

    @Test func `the largest counter has a code, and hash and key change it`() throws {
        let key = SymmetricKey(data: [UInt8](1...20))
        let codes = try HashAlgorithm.allCases.map { try HOTP(key: key, digits: 10, algorithm: $0).code(counter: .max) }
        #expect(Set(codes).count == 3)
        let other = try HOTP(key: SymmetricKey(data: [UInt8](2...21)), digits: 10).code(counter: .max)
        #expect(!codes.contains(other))
    }

    @Test(arguments: [(HashAlgorithm.sha1, 20), (.sha256, 32), (.sha512, 64)])
    func `a hash has its length`(algorithm: HashAlgorithm, length: Int) {
        #expect(algorithm.byteCount == length)
        #expect(KeyedHash(algorithm, key: SymmetricKey(size: .bits128)).authenticationCode(over: []).count == length)
    }

    @Test func `parts are hashed as if they were one`() {
        let key = SymmetricKey(data: [UInt8](repeating: 0xAA, count: 131))
        for algorithm in HashAlgorithm.allCases {
            let whole = KeyedHash(algorithm, key: key).authenticationCode(over: [[UInt8](0...99)])
            let parts = KeyedHash(algorithm, key: key).authenticationCode(over: [[UInt8](0...9), [UInt8](), [UInt8](10...99)])
            #expect(whole == parts)
        }
    }
}
