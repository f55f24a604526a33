import Secrets
import Testing

@Suite struct SecretBytesTests {
    @Test func `bytes come back in order`() throws {
        let secret = try SecretBytes.copying([1, 2, 3])
        let sum = secret.withBytes { bytes in bytes.withUnsafeBytes { Array($0) } }
        #expect(sum == [1, 2, 3])
    }

    @Test func `a full page refuses one byte more and keeps what it has`() throws {
        var secret = try SecretBytes.copying(repeatElement(7, count: SecretBytes.capacity))
        var refusal: SecretBytesError?
        do throws(SecretBytesError) { try secret.append(8) } catch { refusal = error }
        #expect(refusal == .full)
        #expect(secret.count == SecretBytes.capacity)
    }

    @Test func `the last byte can be taken back`() throws {
        var secret = try SecretBytes.copying([1, 2])
        #expect(secret.removeLast() == 2)
        #expect(secret.removeLast() == 1)
        #expect(secret.removeLast() == nil)
        #expect(secret.count == 0)
    }

    @Test func `forgetting leaves nothing`() throws {
        var secret = try SecretBytes.copying([9, 9, 9])
        secret.removeAll()
        #expect(secret.count == 0)
        try secret.append(4)
        let bytes = secret.withBytes { bytes in bytes.withUnsafeBytes { Array($0) } }
        #expect(bytes == [4])
    }

    @Test func `one secret is appended to another`() throws {
        var secret = try SecretBytes.copying([1])
        let tail = try SecretBytes.copying([2, 3])
        try secret.append(tail)
        let bytes = secret.withBytes { bytes in bytes.withUnsafeBytes { Array($0) } }
        #expect(bytes == [1, 2, 3])
        var refusal: SecretBytesError?
        let page = try SecretBytes.copying(repeatElement(0, count: SecretBytes.capacity))
        do throws(SecretBytesError) { try secret.append(page) } catch { refusal = error }
        #expect(refusal == .full)
        #expect(secret.count == 3)
    }

    @Test(
        arguments: [
            ([], [], true), ([1, 2], [1, 2], true), ([1, 2], [1, 3], false), ([1], [1, 2], false),
        ] as [([UInt8], [UInt8], Bool)])
    func `comparison tells equal from different`(left: [UInt8], right: [UInt8], equal: Bool) {
        #expect(constantTimeEquals(left, right) == equal)
    }

    @Test(
        arguments: [
            ([], [], true), ([1, 2], [1, 2], true), ([1, 2], [1, 3], false), ([2, 1], [1, 1], false), ([1], [1, 2], false),
            ([1, 2], [1], false),
        ] as [([UInt8], [UInt8], Bool)])
    func `comparison tells equal secrets from different ones`(left: [UInt8], right: [UInt8], equal: Bool) throws {
        #expect(constantTimeEquals(try SecretBytes.copying(left), try SecretBytes.copying(right)) == equal)
    }
}
