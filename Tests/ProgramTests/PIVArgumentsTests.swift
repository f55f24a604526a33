import Emulation
import Testing

@testable import tessera

@Suite struct PIVArgumentsTests {
    @Test(
        arguments: [
            ("3des:010203040506070801020304050607080102030405060708", .tripleDES), ("aes128:000102030405060708090A0B0C0D0E0F", .aes128),
            ("aes192:010203040506070801020304050607080102030405060708", .aes192),
            ("aes256:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", .aes256),
        ] as [(String, PIVManagementKey.Algorithm)])
    func `a management key is written with its cipher`(argument: String, algorithm: PIVManagementKey.Algorithm) throws {
        #expect(try #require(PIVManagementKey(argument: argument)).algorithm == algorithm)
    }

    @Test func `the well-known key is the one that blank cards come with`() {
        #expect(PIVManagementKey(argument: "3des:010203040506070801020304050607080102030405060708") == .wellKnown)
        #expect(PIVManagementKey(argument: "aes192:010203040506070801020304050607080102030405060708") != .wellKnown)
    }

    @Test(arguments: [
        "", "aes128", "aes128:", "aes128:0001", "aes256:000102030405060708090A0B0C0D0E0F", "des:0102030405060708", "aes128:zz",
    ])
    func `what is no management key is refused`(argument: String) { #expect(PIVManagementKey(argument: argument) == nil) }
}
