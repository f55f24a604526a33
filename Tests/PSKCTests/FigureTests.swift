import Crypto
import Foundation
import OATH
import PSKC
import Secrets
import TestSupport
import Testing

/// The figures of RFC 6030, read where they lie.
@Suite(.enabled(if: SharedVectors.isThere, "\(SharedVectors.hint)"))
struct FigureTests {
    private static let secret = Array("12345678901234567890".utf8)

    private func figure(_ number: Int) throws -> PSKCDocument {
        try PSKCDocument(parsing: SharedVectors.bytes("pskc/rfc6030-figure\(number).xml"))
    }

    private func bytes(_ key: SymmetricKey?) throws -> [UInt8] { try #require(key).withUnsafeBytes { Array($0) } }

    @Test func `figure 2 has a secret and little else`() throws {
        let document = try figure(2)
        #expect(document.protection == .none)
        let container = try document.open()
        #expect(container.id == "exampleID1")
        let key = try #require(container.packages.first?.key)
        #expect(key.id == "12345678")
        #expect(key.algorithm == .hotp)
        #expect(key.issuer == "Issuer-A")
        #expect(try bytes(key.secret) == Array("1234".utf8))
        #expect(document.outline.packages.first?.key?.secret == nil)
        #expect(document.outline.packages.first?.key?.secretForm == .plain)
    }

    @Test func `figure 3 adds device and users`() throws {
        let package = try #require(try figure(3).open().packages.first)
        #expect(package.device?.manufacturer == "Manufacturer")
        #expect(package.device?.serialNumber == "987654321")
        #expect(package.device?.userID == "DC=example-bank,DC=net")
        #expect(package.cryptoModuleID == "CM_ID_001")
        let key = try #require(package.key)
        #expect(key.responseFormat == ResponseFormat(length: 8))
        #expect(key.counter == 0)
        #expect(key.userID == "UID=jsmith,DC=example-bank,DC=net")
        #expect(try key.hotp()?.code(counter: 0) == "84755224")
    }

    @Test func `figure 4 names a key instead of holding it`() throws {
        let key = try #require(try figure(4).open().packages.first?.key)
        #expect(key.secret == nil && key.secretForm == .absent)
        #expect(key.profileID == "keyProfile1")
        #expect(key.reference == "MasterKeyLabel")
        #expect(key.policy?.usages == [.otp])
        #expect(try key.hotp() == nil)
    }

    @Test func `figure 5 has a PIN and its rules`() throws {
        let packages = try figure(5).open().packages
        #expect(packages.count == 2)
        var rules = PINPolicy()
        (rules.keyID, rules.usageMode, rules.encoding) = ("123456781", .local, .decimal)
        (rules.minimumLength, rules.maximumLength) = (4, 4)
        #expect(packages.first?.key?.policy?.pin == rules)
        let pin = try #require(packages.last?.key)
        #expect(pin.id == rules.keyID)
        #expect(pin.algorithm == .pin)
        #expect(try bytes(pin.secret) == Array("1234".utf8))
    }

    @Test func `figure 6 opens with its key and with no other`() throws {
        let document = try figure(6)
        #expect(document.protection == .key(name: "Pre-shared-key"))
        let outline = try #require(document.outline.packages.first?.key)
        #expect(outline.secret == nil && outline.secretForm == .encrypted && outline.counter == 0)
        let key = SymmetricKey(data: [0x12, 0x34, 0x56, 0x78, 0x90, 0x12, 0x34, 0x56, 0x78, 0x90, 0x12, 0x34, 0x56, 0x78, 0x90, 0x12])
        #expect(try bytes(document.open(key: key).packages.first?.key?.secret) == Self.secret)
        #expect(throws: PSKCError.notAuthentic) { try document.open(key: SymmetricKey(data: [UInt8](repeating: 1, count: 16))) }
        #expect(throws: PSKCError.keyLength(32, expected: 16)) { try document.open(key: SymmetricKey(size: .bits256)) }
        #expect(throws: PSKCError.keyNeeded(name: "Pre-shared-key")) { try document.open() }
        let password = try SecretBytes.copying("qwerty".utf8)
        #expect(throws: PSKCError.keyNeeded(name: "Pre-shared-key")) { try document.open(password: password) }
    }

    @Test func `figure 6 with one letter changed does not open`() throws {
        let text = String(decoding: try SharedVectors.bytes("pskc/rfc6030-figure6.xml"), as: UTF8.self)
        let key = SymmetricKey(data: [0x12, 0x34, 0x56, 0x78, 0x90, 0x12, 0x34, 0x56, 0x78, 0x90, 0x12, 0x34, 0x56, 0x78, 0x90, 0x12])
        for (letters, others) in [("+cIHItlB3", "+cIHItlB4"), ("Su+NvtQ", "Su+NvtR"), ("AAECAwQF", "BAECAwQF"), ("ESIzRFVm", "FSIzRFVm")] {
            #expect(text.contains(letters))
            let document = try PSKCDocument(parsing: Array(text.replacing(letters, with: others).utf8))
            #expect(throws: PSKCError.notAuthentic) { try document.open(key: key) }
        }
        let without = text.replacing(/<ValueMAC>[^<]*<\/ValueMAC>/, with: "")
        #expect(throws: PSKCError.macMissing("Secret")) { try PSKCDocument(parsing: Array(without.utf8)) }
        let bare = text.replacing(/<MACMethod(?s).*<\/MACMethod>/, with: "")
        #expect(throws: PSKCError.macMissing("KeyContainer")) { try PSKCDocument(parsing: Array(bare.utf8)) }
    }

    @Test func `figure 7 opens with its password and with no other`() throws {
        let document = try figure(7)
        #expect(document.protection == .password(name: "My Password 1", rounds: 1000))
        let password = try SecretBytes.copying("qwerty".utf8)
        let key = try #require(try document.open(password: password).packages.first?.key)
        #expect(try bytes(key.secret) == Self.secret)
        #expect(key.issuer == "Example-Issuer")
        let wrong = try SecretBytes.copying("qwertz".utf8)
        #expect(throws: PSKCError.notAuthentic) { try document.open(password: wrong) }
        #expect(throws: PSKCError.passwordNeeded(name: "My Password 1")) { try document.open() }
        #expect(throws: PSKCError.passwordNeeded(name: "My Password 1")) { try document.open(key: SymmetricKey(size: .bits128)) }
    }

    @Test func `figure 8, under a certificate, is told as what it is`() throws {
        #expect(throws: PSKCError.self) { try figure(8) }
        let error = try #require(throws: PSKCError.self) { try figure(8) }
        #expect(error.description.contains("X509Data"))
    }

    @Test func `figure 9 is signed, which is told and not checked`() throws {
        let document = try figure(9)
        #expect(document.isSigned)
        #expect(try !figure(2).isSigned)
        let package = try #require(try document.open().packages.first)
        #expect(package.device?.serialNumber == "0755225266")
        #expect(try package.key?.hotp()?.code(counter: 0) == "755224")
    }

    @Test func `figure 10 has a key for each month`() throws {
        let packages = try figure(10).open().packages
        #expect(packages.map { $0.key?.id } == ["1", "2", "3", "4"])
        #expect(packages.map { $0.device?.serialNumber } == ["654321", "123456", "9999999", "9999999"])
        let may = Date(timeIntervalSince1970: 1_147_000_000)
        #expect(packages.map { $0.key?.policy?.allows(.otp, at: may) } == [true, true, false, false])
        for package in packages { #expect(try bytes(package.key?.secret) == Self.secret) }
    }

    @Test(arguments: [2, 3, 4, 5, 9, 10])
    func `a figure that is written and read again is the same`(number: Int) throws {
        let first = try figure(number).open()
        let document = try first.plainDocument()
        let again = try PSKCDocument(parsing: document).open()
        #expect(try again.plainDocument() == document)
        #expect(again.packages.count == first.packages.count)
    }
}
