import CardApplications
import Emulation
import Foundation
import ISO7816
import Secrets
import Testing

/// The driver and the emulated card together: what only some PIV cards hold, and all that can be done to their PINs.
@Suite struct PIVCardTests {
    private static let reader = "Virtual Reader 00"

    private func withCard<R: Sendable>(
        _ keys: CardKeyKind = .p256, options: PIVOptions = PIVOptions(), identifier: UUID = UUID(), tries: UInt8 = 3,
        _ body: (any CardApplication) async throws -> R
    ) async throws -> R {
        let readers = VirtualReaders()
        let authority = try TestAuthority(now: Date())
        let card = try VirtualCard.piv(
            holder: "Test Holder", keys: keys, tries: tries, authority: authority, now: Date(), identifier: identifier, options: options)
        try readers.attach(Self.reader)
        try readers.insert(card, in: Self.reader)
        let session = try readers.open(Self.reader)
        let result = try await body(try await CardApplications.open(on: session))
        await session.end(.reset)
        return result
    }

    private func secret(_ text: String) throws -> SecretBytes { try SecretBytes.copying(text.utf8) }

    private func pin(_ reference: UInt8, of application: any CardApplication) throws -> CardPIN {
        try #require(application.pins.first { $0.id == reference })
    }

    @Test(arguments: [CardKeyKind.p256, .rsa2048, .rsa3072], [false, true])
    func `compressed or not, long or short, a key signs what its certificate verifies`(_ keys: CardKeyKind, _ compressed: Bool) async throws
    {
        try await withCard(keys, options: PIVOptions(compressesCertificates: compressed)) { application in
            #expect(application.keys.count == 4 && application.unusable.isEmpty)
            let key = try #require(application.keys.first { $0.role == .authentication })
            #expect(try await application.verify(try secret("123456"), for: key) == .accepted)
            let message = Array("known data".utf8)
            #expect(key.verifies(try await application.sign(message: message, with: key), of: message))
        }
    }

    @Test func `the card tells its number and its retired keys when somebody asks`() async throws {
        let number = UUID()
        try await withCard(options: PIVOptions(compressesCertificates: true, retiredKeys: 2), identifier: number) { application in
            #expect(application.keys.count == 4)
            #expect(try await application.identified().serialNumber == withUnsafeBytes(of: number.uuid) { Array($0) })
            let retired = try await application.keyHistory().keys
            #expect(retired.map(\.id) == [[0x82], [0x83]])
            #expect(Set(retired.map(\.certificate)).isDisjoint(with: application.keys.map(\.certificate)))
        }
    }

    @Test(arguments: [-1, 21])
    func `a card has no room for more retired keys`(_ count: Int) throws {
        #expect(throws: PersonalisationError.tooManyRetiredKeys) {
            try VirtualCard.piv(
                holder: "Test Holder", authority: TestAuthority(now: Date()), now: Date(), options: PIVOptions(retiredKeys: count))
        }
    }

    @Test func `a changed PIN is the one that opens the keys`() async throws {
        try await withCard { application in
            let user = try pin(0x80, of: application)
            #expect(try await application.change(user, from: secret("000000"), to: secret("654321")) == .wrong(triesLeft: 2))
            #expect(try await application.change(user, from: secret("123456"), to: secret("654321")) == .accepted)
            #expect(try await application.verify(secret("123456"), as: user) == .wrong(triesLeft: 2))
            #expect(try await application.verify(secret("654321"), as: user) == .accepted)
            #expect(try await application.state(of: user) == .verified)
        }
    }

    @Test func `the PUK unblocks the PIN, and a wrong one costs its own tries`() async throws {
        try await withCard(tries: 2) { application in
            let user = try pin(0x80, of: application)
            for _ in 0..<2 { _ = try await application.verify(secret("000000"), as: user) }
            #expect(try await application.state(of: user) == .blocked)
            #expect(try await application.unblock(user, with: secret("00000000"), to: secret("654321")) == .wrong(triesLeft: 1))
            #expect(try await application.state(of: user) == .blocked)
            #expect(try await application.unblock(user, with: secret("12345678"), to: secret("654321")) == .accepted)
            #expect(try await application.state(of: user) == .triesLeft(2))
            #expect(try await application.verify(secret("654321"), as: user) == .accepted)
        }
    }

    @Test func `a changed PUK is the one that unblocks`() async throws {
        try await withCard { application in
            let (user, puk) = (try pin(0x80, of: application), try pin(0x81, of: application))
            #expect(try await application.change(puk, from: secret("12345678"), to: secret("87654321")) == .accepted)
            #expect(try await application.unblock(user, with: secret("12345678"), to: secret("654321")) == .wrong(triesLeft: 2))
            #expect(try await application.unblock(user, with: secret("87654321"), to: secret("654321")) == .accepted)
        }
    }

    @Test func `a card that does not count the PUK's tries aloud is no error`() async throws {
        try await withCard { application in
            let puk = try pin(0x81, of: application)
            #expect(try await application.state(of: puk) == .unknown)
        }
    }

    @Test(arguments: [("12345", "12345678"), ("123456789", "12345678"), ("123456", "1234567"), ("12345a", "12345678")])
    func `a PIN or PUK that the card cannot have is not sent`(_ new: String, _ puk: String) async throws {
        try await withCard { application in
            let user = try pin(0x80, of: application)
            await #expect(throws: CardError(.unsuitablePIN, "")) {
                try await application.unblock(user, with: secret(puk), to: secret(new))
            }
            #expect(try await application.unblock(user, with: secret("00000000"), to: secret("654321")) == .wrong(triesLeft: 2))
        }
    }
}
