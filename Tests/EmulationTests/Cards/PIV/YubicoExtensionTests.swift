import Crypto
import ISO7816
import SwiftASN1
import Testing
import X509

@testable import Emulation

@Suite struct YubicoExtensionTests {
    private static let options = PIVOptions(extensions: .yubico)
    private static let digest = Array(SHA256.hash(data: Array("a message".utf8)))

    private func card(managed: Bool = true) throws -> VirtualCard {
        let card = try TestCards.powered(options: Self.options)
        if managed { try #require(try card.manage() == .success) }
        return card
    }

    private func metadata(_ card: VirtualCard, _ reference: UInt8) throws -> [TLV] {
        let response = try card.send(0xF7, 0x00, reference)
        try #require(response.status == .success, "\(response.status)")
        return try TLV.series(parsing: response.data)
    }

    private func block(_ card: VirtualCard) throws {
        while try card.verify("000000") != .authenticationBlocked {}
        while try card.send(0x2C, 0, 0x80, Array("00000000".utf8) + padded("654321"), expecting: nil).status != .authenticationBlocked {}
    }

    @Test(arguments: [0xFD, 0xF8, 0xF7, 0xFF, 0xFE, 0xFA, 0xFB, 0xF9, 0xF6] as [UInt8])
    func `a card without the extensions does not know them`(instruction: UInt8) throws {
        let card = try TestCards.powered(options: PIVOptions())
        _ = try card.manage()
        #expect(try card.send(instruction, 0x00, 0x9A).status == .instructionNotSupported)
    }

    @Test(arguments: [0xF9, 0xF6] as [UInt8]) func `attestation and moving keys are not there`(instruction: UInt8) throws {
        #expect(try card().send(instruction, 0x9A, 0x00).status == .instructionNotSupported)
    }

    @Test func `a command without Le is answered with data all the same, and only here`() throws {
        #expect(try card(managed: false).raw("00A4040005A000000308").hasPrefix("6123"))
        #expect(try TestCards.powered().raw("00A4040005A000000308") == "6125")
        // More than 256 bytes wait for GET RESPONSE.
        #expect(
            try card(managed: false).raw("00CB3FFF055C035FC105").hasSuffix(
                "61" + TestCards.powered().raw("00CB3FFF055C035FC10500").suffix(2)))
    }

    @Test func `the version is firmware 5.4.3, and the serial number that of the card`() throws {
        let card = try card(managed: false)
        #expect(try card.raw("00FD000000") == "0504039000")
        // 0D0E0F10 in decimal: 219025168, of which eight digits stay.
        #expect(try card.raw("00F8000000") == "01224D109000")
    }

    @Test func `metadata of PIN and PUK tell tries and whether they are the first ones`() throws {
        let card = try card()
        #expect(try metadata(card, 0x80).map(\.encoded.hexadecimal) == ["0101FF", "050101", "06020303"])
        _ = try card.verify("000000")
        _ = try card.send(0x24, 0, 0x81, Array("12345678".utf8) + Array("11111111".utf8), expecting: nil)
        #expect(try metadata(card, 0x80).map(\.encoded.hexadecimal) == ["0101FF", "050101", "06020302"])
        #expect(try metadata(card, 0x81).map(\.encoded.hexadecimal) == ["0101FF", "050100", "06020303"])
    }

    @Test func `metadata of a key tell algorithm, policies, origin and public half`() throws {
        let card = try card()
        let made = try TLV(parsingFirstOf: card.generate(0x11, in: 0x9A, policy: [TLV(0xAA, [3]), TLV(0xAB, [2])]).data)
        let parts = try metadata(card, 0x9A)
        #expect(parts.map(\.tag) == [1, 2, 3, 4])
        #expect(parts.first(1) == [0x11] && parts.first(2) == [3, 2] && parts.first(3) == [1])
        #expect(parts.first(4) == made.value)
        #expect(try metadata(card, 0x9C).first(2) == [3, 1])
        #expect(try metadata(card, 0x9E).first(2) == [1, 1])
        #expect(try card.send(0xF7, 0x00, 0x82).status == .referencedDataNotFound)
    }

    @Test(arguments: [(1, true, true), (2, false, true), (3, false, false)] as [(UInt8, Bool, Bool)])
    func `a key wants the PIN as its policy says, whatever its slot`(policy: UInt8, withoutPIN: Bool, again: Bool) throws {
        let card = try card()
        for reference in [0x9A, 0x9C, 0x9E] as [UInt8] {
            #expect(try card.generate(0x11, in: reference, policy: [TLV(0xAA, [policy])]).status == .success)
            _ = try card.raw("0020FF80")
            #expect(try (card.authenticate(0x11, reference, Self.digest).status == .success) == withoutPIN)
            _ = try card.verify("123456")
            #expect(try card.authenticate(0x11, reference, Self.digest).status == .success)
            #expect(try (card.authenticate(0x11, reference, Self.digest).status == .success) == again)
        }
    }

    @Test(arguments: [[TLV(0xAA, [4])], [TLV(0xAB, [4])], [TLV(0xAA, [])], [TLV(0xAC, [1])], [TLV(0xAA, [1, 2])]])
    func `a policy that there is not is refused`(policy: [TLV]) throws {
        #expect(try card().generate(0x11, in: 0x9A, policy: policy).status == .wrongData)
    }

    @Test(arguments: [(.tripleDES, 0x03), (.aes128, 0x08), (.aes192, 0x0A), (.aes256, 0x0C)] as [(PIVManagementKey.Algorithm, UInt8)])
    func `a new management key opens, the old one no more`(algorithm: PIVManagementKey.Algorithm, number: UInt8) throws {
        let card = try card()
        let key = try #require(PIVManagementKey(algorithm, (0..<algorithm.keyLength).map { UInt8($0 + 1) }))
        let data = [number, 0x9B, UInt8(key.bytes.count)] + key.bytes
        #expect(try card.send(0xFF, 0xFF, 0xFF, data, expecting: nil).status == .success)
        #expect(try metadata(card, 0x9B).map(\.encoded.hexadecimal) == ["0101\([number].hexadecimal)", "02020001", "050100"])
        card.reset()
        #expect(try card.manage() != .success)
        #expect(try card.manage(key) == .success)
    }

    @Test(
        arguments: [
            ("00FFFFFD 13 089B10 000102030405060708090A0B0C0D0E0F", "6A86"),
            ("00FF00FF 13 089B10 000102030405060708090A0B0C0D0E0F", "6A86"),
            ("00FFFFFF 13 089A10 000102030405060708090A0B0C0D0E0F", "6A80"),
            ("00FFFFFF 13 099B10 000102030405060708090A0B0C0D0E0F", "6A80"),
            ("00FFFFFF 12 089B10 000102030405060708090A0B0C0D0E", "6A80"), ("00FFFFFF", "6A80"), ("00FFFFFF 03 089B00", "6A80"),
        ])
    func `a management key that is none is refused`(command: String, status: String) throws {
        let card = try card()
        #expect(try card.raw(command) == status)
        card.reset()
        #expect(try card.manage() == .success)
    }

    @Test func `without the right, no key is imported and no number of tries set`() throws {
        let card = try card(managed: false)
        _ = try card.verify("123456")
        let key = Array(P256.Signing.PrivateKey().rawRepresentation)
        #expect(try card.send(0xFE, 0x11, 0x9A, TLV(0x06, key).encoded, expecting: nil).status == .securityStatusNotSatisfied)
        #expect(try card.raw("00FA0505") == "6982")
        #expect(try card.raw("00FFFFFF 13 089B10 000102030405060708090A0B0C0D0E0F") == "6982")
    }

    @Test func `an imported EC key signs, and says that it was imported`() throws {
        let card = try card()
        let key = P256.Signing.PrivateKey()
        let data = TLV(0x06, Array(key.rawRepresentation)).encoded + TLV(0xAA, [1]).encoded
        #expect(try card.send(0xFE, 0x11, 0x82, data, expecting: nil).status == .success)
        let signature = try answer(card.authenticate(0x11, 0x82, Self.digest))
        let message = SHA256.hash(data: Array("a message".utf8))
        #expect(try key.publicKey.isValidSignature(.init(derRepresentation: signature), for: message))
        #expect(try metadata(card, 0x82).first(3) == [2])
        let point = try TLV.series(parsing: metadata(card, 0x82).required(4)).required(0x86)
        #expect(point == Array(key.publicKey.x963Representation))
    }

    @Test func `an imported RSA key signs, with the public half that it had`() throws {
        let card = try card()
        let numbers = [ForeignRSAKey.p, ForeignRSAKey.q, ForeignRSAKey.dP, ForeignRSAKey.dQ, ForeignRSAKey.qInverse]
        let data = try numbers.enumerated().flatMap { TLV(UInt32($0.offset + 1), try #require([UInt8](hexadecimal: $0.element))).encoded }
        #expect(try card.send(0xFE, 0x07, 0x9E, data, expecting: nil).status == .success)
        let signature = try answer(card.authenticate(0x07, 0x9E, pkcs1(Self.digest)))
        let stored = try #require(card.memory.key(PIVCells.key(0x9E)))
        let key = try Certificate.PublicKey(derEncoded: stored.publicKey())
        #expect(key.isValidSignature(signature, for: Array("a message".utf8), signatureAlgorithm: .sha256WithRSAEncryption))
        #expect(stored.publicParts?.objects.first(0x81)?.hexadecimal == ForeignRSAKey.modulus)
        #expect(stored.publicParts?.objects.first(0x82) == [1, 0, 1])
    }

    @Test(arguments: 1...5 as ClosedRange<UInt32>)
    func `an RSA key with one number changed or missing is refused, and the old key stays`(damaged: UInt32) throws {
        let card = try card()
        let numbers = [ForeignRSAKey.p, ForeignRSAKey.q, ForeignRSAKey.dP, ForeignRSAKey.dQ, ForeignRSAKey.qInverse]
        var objects = try numbers.enumerated().map { TLV(UInt32($0.offset + 1), try #require([UInt8](hexadecimal: $0.element))) }
        let index = Int(damaged) - 1
        var value = objects[index].value
        value[100] ^= 0x10
        objects[index] = TLV(damaged, value)
        #expect(try card.send(0xFE, 0x07, 0x9E, objects.flatMap(\.encoded), expecting: nil).status == .wrongData)
        objects.remove(at: index)
        #expect(try card.send(0xFE, 0x07, 0x9E, objects.flatMap(\.encoded), expecting: nil).status == .wrongData)
        #expect(try card.authenticate(0x11, 0x9E, Self.digest).status == .success)
    }

    @Test(
        arguments: [
            (0x11, Array(repeating: 0, count: 32)), (0x11, Array(repeating: 0xFF, count: 32)), (0x11, Array(repeating: 1, count: 31)),
            (0x11, []), (0x14, Array(repeating: 1, count: 32)), (0x07, Array(repeating: 1, count: 32)), (0x99, [1]),
        ] as [(UInt8, [UInt8])])
    func `an EC key that is none is refused`(algorithm: UInt8, number: [UInt8]) throws {
        #expect(try card().send(0xFE, algorithm, 0x9A, TLV(0x06, number).encoded, expecting: nil).status == .wrongData)
    }

    @Test func `new numbers of tries bring the first PIN and PUK back, and end the login`() throws {
        let card = try card()
        _ = try card.send(0x24, 0, 0x80, padded("123456") + padded("7777777"), expecting: nil)
        #expect(try card.raw("00FA0504") == "9000")
        #expect(try card.pinStatus().triesLeft == 5)
        #expect(try card.verify("7777777").triesLeft == 4)
        #expect(try card.verify("123456") == .success)
        #expect(try metadata(card, 0x81).first(6) == [4, 4])
    }

    @Test(arguments: ["00FA0005", "00FA0500", "00FA1005", "00FA0510"]) func `no or too many tries are refused`(command: String) throws {
        let card = try card()
        _ = try card.verify("123456")
        #expect(try card.raw(command) == "6A86")
        #expect(try metadata(card, 0x80).first(6) == [3, 3])
    }

    @Test func `tries are set with the PIN and the management key`() throws {
        #expect(try card().raw("00FA0505") == "6982")
    }

    @Test func `a PIN of any bytes is compared and costs a try`() throws {
        let card = try card()
        #expect(try card.send(0x20, 0, 0x80, Array(repeating: 0xFF, count: 8), expecting: nil).status.triesLeft == 2)
        #expect(try card.send(0x24, 0, 0x80, padded("123456") + padded("ab cd!"), expecting: nil).status == .success)
        card.reset()
        #expect(try card.verify("ab cd!") == .success)
    }

    @Test func `a reset wants PIN and PUK blocked`() throws {
        let card = try card()
        #expect(try card.raw("00FB0000") == "6985")
        while try card.verify("000000") != .authenticationBlocked {}
        #expect(try card.raw("00FB0000") == "6985")
        #expect(try card.object([0x5F, 0xC1, 0x05]).status == .success)
    }

    @Test func `a reset leaves nothing of the owner's, and the first PIN, PUK and management key`() throws {
        let card = try card()
        let key = try #require(PIVManagementKey(.aes128, Array(1...16)))
        _ = try card.send(0xFF, 0xFF, 0xFF, [0x08, 0x9B, 0x10] + key.bytes, expecting: nil)
        _ = try card.put([0x5F, 0xFF, 0x00], [1])
        try block(card)
        #expect(try card.raw("00FB0000") == "9000")
        for tag in [0x05, 0x0A, 0x0B, 0x01, 0x02, 0x07, 0x0C] as [UInt8] {
            #expect(try card.object([0x5F, 0xC1, tag]).status == .fileNotFound)
        }
        #expect(try card.object([0x5F, 0xFF, 0x00]).status == .fileNotFound)
        for slot in PIVSlot.allCases {
            #expect(try card.authenticate(0x11, slot.rawValue, Self.digest).status == .referencedDataNotFound)
        }
        #expect(try card.put([0x5F, 0xC1, 0x05], [1]) == .securityStatusNotSatisfied)
        #expect(try card.verify("123456") == .success)
        #expect(try card.manage() == .success)
        #expect(try card.object([0x7E]).status == .success)
        #expect(try card.raw("00F8000000") == "01224D109000")
    }
}
