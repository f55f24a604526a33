import Crypto
import Foundation
import PSKC
import TestSupport
import Testing

/// What is no key container is refused, and nothing outside it is touched.
@Suite struct RefusalTests {
    private func container(_ content: String, attributes: String = "Version=\"1.0\"", before: String = "") -> [UInt8] {
        Array("\(before)<KeyContainer \(attributes) xmlns=\"urn:ietf:params:xml:ns:keyprov:pskc\">\(content)</KeyContainer>".utf8)
    }

    private func key(_ content: String, id: String = "Id=\"1\"") -> [UInt8] {
        container("<KeyPackage><Key \(id)>\(content)</Key></KeyPackage>")
    }

    private func data(_ content: String) -> [UInt8] { key("<Data>\(content)</Data>") }

    private func refusal(_ bytes: [UInt8]) -> PSKCError? {
        do {
            _ = try PSKCDocument(parsing: bytes).open()
            return nil
        } catch {
            return error
        }
    }

    @Test func `the smallest container is read, with or without a declaration`() throws {
        #expect(refusal(key("")) == nil)
        for declaration in ["<?xml version=\"1.0\"?>", "<?xml version=\"1.0\" encoding='UTF-8'?>\n", "\u{FEFF}<?xml version=\"1.0\"?>"] {
            #expect(refusal(container("<KeyPackage/>", before: declaration)) == nil, "\(declaration)")
        }
    }

    @Test(arguments: [
        "<!DOCTYPE a>", "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>",
        "<!DOCTYPE a [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;\">]>",
        "<?xml version=\"1.0\"?><!DOCTYPE a SYSTEM \"http://localhost/x\">",
    ])
    func `a document type declaration is refused before anything is resolved`(text: String) {
        #expect(refusal(container("<KeyPackage/>", before: text)) == .documentType)
    }

    @Test func `another encoding cannot smuggle one in`() throws {
        let hidden = "<?xml version=\"1.0\" encoding=\"UTF-7\"?>+ADwAIQ-DOCTYPE a+AD4-"
        #expect(refusal(container("<KeyPackage/>", before: hidden)) == .malformed(line: 1))
        let wide = try #require("<?xml version=\"1.0\" encoding=\"UTF-16\"?><!DOCTYPE a><a/>".data(using: .utf16))
        #expect(refusal(Array(wide)) == .malformed(line: 1))
        #expect(refusal([0xFF, 0xFE, 0x3C]) == .malformed(line: 1))
    }

    @Test func `a processing instruction is refused before the parser, which crashes on an empty one, sees it`() throws {
        let expected = PSKCError.unexpected("a processing instruction", in: "KeyContainer")
        #expect(try refusal(Fixture.bytes("crashes/pskc-empty-processing-instruction")) == expected)
        for text in ["<?m?>", "<?m ?>", "<?xml-stylesheet href=\"x\"?>", "<?xml version=\"1.0\"?><?m?>", "<?XML version=\"1.0\"?>"] {
            #expect(refusal(container("<KeyPackage/>", before: text)) == expected, "\(text)")
        }
        #expect(refusal(container("<KeyPackage><?m?></KeyPackage>")) == expected)
        // A second declaration is the parser's to refuse.
        #expect(refusal(container("<?xml version=\"1.0\"?>")) != nil)
    }

    @Test func `size, depth and number are bounded`() {
        #expect(refusal([UInt8](repeating: 0x20, count: 16 << 20 + 1)) == .tooLarge("bytes"))
        let depth = 10_000
        let deep = String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)
        #expect(refusal(Array(deep.utf8)) == .tooLarge("levels"))
        let attributes = (0..<33).map { " a\($0)=\"x\"" }.joined()
        #expect(refusal(Array("<a\(attributes)/>".utf8)) == .tooLarge("attributes"))
        #expect(refusal(container(String(repeating: "<Extensions/>", count: 500_000))) == .tooLarge("elements"))
        #expect(refusal(container(String(repeating: "<KeyPackage/>", count: 20_001))) == .tooLarge("keys"))
        #expect(refusal(container(String(repeating: "<KeyPackage/>", count: 20_000))) == nil)
    }

    @Test(arguments: ["", " ", "hello", "<a>", "<a></b>", "<a/><b/>", "<a/>x", "<a/><", "<KeyContainer", "<a>&x;</a>", "<a b=1/>"])
    func `what is no XML is refused`(text: String) {
        guard case .malformed = refusal(Array(text.utf8)) else { return #expect(Bool(false), "\(text)") }
    }

    @Test func `another document, version or namespace is none of ours`() {
        #expect(refusal(Array("<html/>".utf8)) == .notAKeyContainer)
        #expect(refusal(Array("<KeyContainer Version=\"1.0\"><KeyPackage/></KeyContainer>".utf8)) == .notAKeyContainer)
        #expect(refusal(container("<KeyPackage/>", attributes: "Version=\"2.0\"")) == .notAKeyContainer)
        #expect(refusal(container("<KeyPackage/>", attributes: "")) == .notAKeyContainer)
        #expect(refusal(container("")) == .missing("KeyPackage", in: "KeyContainer"))
    }

    @Test func `elements that are unknown, missing or there twice are named`() {
        #expect(refusal(container("<KeyPackage/><Foo/>")) == .unexpected("Foo", in: "KeyContainer"))
        #expect(refusal(container("<KeyPackage><Key Id=\"1\"/><Key Id=\"2\"/></KeyPackage>")) == .repeated("Key", in: "KeyPackage"))
        #expect(refusal(key("", id: "")) == .missing("Id", in: "Key"))
        #expect(refusal(key("<Foo/>")) == .unexpected("Foo", in: "Key"))
        #expect(refusal(key("<Issuer>a</Issuer><Issuer>b</Issuer>")) == .repeated("Issuer", in: "Key"))
        #expect(refusal(key("<Issuer/>")) == .value(of: "Issuer", in: "Key"))
        #expect(refusal(key("<Issuer>a\u{202E}b</Issuer>")) == .value(of: "Issuer", in: "Key"))
        #expect(refusal(data("<Secret/>")) == .missing("PlainValue", in: "Secret"))
        #expect(refusal(data("<Foo/>")) == .unexpected("Foo", in: "Data"))
        #expect(refusal(data("<Secret><PlainValue>!</PlainValue></Secret>")) == .value(of: "PlainValue", in: "Secret"))
        for text in ["MTJ=", "MR==", "MTI", "MTI==", "MTI=MTI="] {
            #expect(refusal(data("<Secret><PlainValue>\(text)</PlainValue></Secret>")) == .value(of: "PlainValue", in: "Secret"), "\(text)")
        }
        #expect(refusal(data("<Secret><PlainValue>MTI=\n MQ==</PlainValue></Secret>")) == .value(of: "PlainValue", in: "Secret"))
        #expect(refusal(data("<Secret><PlainValue> MT\n I= </PlainValue></Secret>")) == nil)
        #expect(refusal(data("<Secret><PlainValue/></Secret>")) == .value(of: "PlainValue", in: "Secret"))
        #expect(
            refusal(data("<Secret><PlainValue>MTI=</PlainValue><ValueMAC>MTI=</ValueMAC></Secret>"))
                == .unexpected("ValueMAC", in: "Secret"))
        #expect(refusal(container("<MACMethod Algorithm=\"x\"/><KeyPackage/>")) == .unexpected("MACMethod", in: "KeyContainer"))
    }

    @Test func `elements of others may stand anywhere but in a policy`() throws {
        #expect(refusal(key("<o:x xmlns:o=\"urn:other\">y</o:x>")) == nil)
        let rules = "<Policy><o:noon xmlns:o=\"urn:other\"/><KeyUsage>OTP</KeyUsage></Policy>"
        let policy = try #require(try PSKCDocument(parsing: key(rules)).open().packages.first?.key?.policy)
        #expect(policy.unknownRules == ["noon"])
        #expect(!policy.allows(.otp, at: Date(timeIntervalSince1970: 0)))
        #expect(throws: PSKCError.self) {
            try PSKCDocument(parsing: key(rules)).open().plainDocument()
        }
    }

    private static let prefixes =
        "xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\""
        + " xmlns:xenc11=\"http://www.w3.org/2009/xmlenc11#\""
        + " xmlns:pkcs5=\"http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#\" xmlns:v=\"urn:vendor\""

    private func opened(_ content: String) throws -> PSKCKey {
        let bytes = container(
            "<KeyPackage><Key Id=\"1\">\(content)</Key></KeyPackage>", attributes: "Version=\"1.0\" \(Self.prefixes)")
        return try #require(try PSKCDocument(parsing: bytes).open().packages.first?.key)
    }

    @Test func `an element of another namespace is never taken for the one of the same name`() throws {
        let value = "<PlainValue>7</PlainValue>"
        let vendors = "<v:Counter>\(value)</v:Counter><xenc:Time>\(value)</xenc:Time><v:TimeInterval>\(value)</v:TimeInterval>"
        let theirs = try opened("<Data><v:Secret><PlainValue>MTI=</PlainValue></v:Secret>\(vendors)</Data><v:Issuer>x</v:Issuer>")
        #expect(theirs.secret == nil && theirs.secretForm == .absent && theirs.issuer == nil)
        #expect(theirs.counter == nil && theirs.time == nil && theirs.timeInterval == nil)
        // Beside ours they are not a second one of it.
        let both = try opened(
            "<Data><v:Secret><PlainValue>MTI=</PlainValue></v:Secret><Secret><PlainValue>MzQ=</PlainValue></Secret>"
                + "<v:Counter>\(value)</v:Counter><Counter><PlainValue>8</PlainValue></Counter></Data>")
        #expect(both.secret == SymmetricKey(data: Array("34".utf8)) && both.counter == 8)
        #expect(
            refusal(
                container(
                    "<KeyPackage><Key Id=\"1\"><Data><Secret><v:PlainValue>MTI=</v:PlainValue></Secret></Data></Key></KeyPackage>",
                    attributes: "Version=\"1.0\" \(Self.prefixes)")) == .missing("PlainValue", in: "Secret"))
    }

    @Test func `a vendor's rule in a policy is never taken for one of ours`() throws {
        let policy = try #require(
            try opened("<Policy><v:StartDate>x</v:StartDate><v:PINPolicy/><v:KeyUsage>OTP</v:KeyUsage></Policy>").policy)
        #expect(policy.unknownRules == ["StartDate", "PINPolicy", "KeyUsage"])
        #expect(policy.startDate == nil && policy.pin == nil && policy.usages.isEmpty)
        #expect(!policy.allows(.otp, at: Date(timeIntervalSince1970: 0)))
    }

    @Test func `neither a stranger's key nor a stranger's MAC or signature protects anything`() throws {
        func told(_ content: String) -> PSKCError? {
            refusal(container(content, attributes: "Version=\"1.0\" \(Self.prefixes)"))
        }
        let mac = "<MACMethod Algorithm=\"x\"/>"
        #expect(told("<v:EncryptionKey/><v:MACMethod/><KeyPackage/>") == nil)
        #expect(
            told("<EncryptionKey><v:KeyName>k</v:KeyName></EncryptionKey>\(mac)<KeyPackage/>")
                == .missing("KeyName", in: "EncryptionKey"))
        #expect(
            told("<EncryptionKey><KeyName>k</KeyName></EncryptionKey>\(mac)<KeyPackage/>")
                == .missing("KeyName", in: "EncryptionKey"))
        #expect(
            told("<EncryptionKey><ds:KeyName>k</ds:KeyName></EncryptionKey><v:MACMethod/><KeyPackage/>")
                == .macMissing("KeyContainer"))
        for (prefix, isSigned) in [("v:", false), ("ds:", true), ("", true)] {
            let bytes = container("<KeyPackage/><\(prefix)Signature/>", attributes: "Version=\"1.0\" \(Self.prefixes)")
            #expect(try PSKCDocument(parsing: bytes).isSigned == isSigned, "\(prefix)")
        }
    }

    @Test func `what has no namespace belongs to nobody, and is refused`() {
        #expect(refusal(data("<Counter xmlns=\"\"><PlainValue>7</PlainValue></Counter>")) == .unexpected("Counter", in: "Data"))
        #expect(refusal(key("<Issuer xmlns=\"\">x</Issuer>")) == .unexpected("Issuer", in: "Key"))
    }

    @Test(arguments: [
        ("Counter", "-1"), ("Counter", "9223372036854775808"), ("Counter", "x"), ("Counter", ""), ("Time", "99999999999"),
        ("Counter", "+5"), ("Counter", "05"), ("Counter", "-0"), ("Time", "+0"), ("TimeInterval", "030"), ("TimeDrift", "-03"),
        ("TimeInterval", "0"), ("TimeInterval", "-30"), ("TimeDrift", "2147483648"), ("TimeDrift", "1.5"),
    ])
    func `a number that cannot be is named`(name: String, value: String) {
        #expect(refusal(data("<\(name)><PlainValue>\(value)</PlainValue></\(name)>")) == .value(of: name, in: "Data"))
    }

    @Test(arguments: [
        ("2006-05-01T00:00:00Z", 1_146_441_600.0), ("2006-05-01T02:00:00+02:00", 1_146_441_600),
        ("2006-04-30T19:30:00.5-04:30", 1_146_441_600.5), ("1969-12-31T23:59:59Z", -1),
    ])
    func `a moment is read with its zone`(text: String, time: TimeInterval) throws {
        let policy = try PSKCDocument(parsing: key("<Policy><StartDate>\(text)</StartDate></Policy>")).open().packages.first?.key?.policy
        #expect(policy?.startDate == Date(timeIntervalSince1970: time))
    }

    @Test(arguments: [
        "2006-05-01", "2006-05-01T00:00:00", "2006-02-30T00:00:00Z", "2006-13-01T00:00:00Z", "2006-05-01T24:00:00Z", "x",
        "2006-05-01T00:00:00+15:00", "\u{662}006-05-01T00:00:00Z",
    ])
    func `a moment that is none is named`(text: String) {
        #expect(refusal(key("<Policy><ExpiryDate>\(text)</ExpiryDate></Policy>")) == .value(of: "ExpiryDate", in: "Policy"))
    }

    @Test func `a policy allows a use from its start until its end`() throws {
        let rules =
            "<Policy><StartDate>2006-05-01T00:00:00Z</StartDate><ExpiryDate>2006-05-31T00:00:00Z</ExpiryDate><KeyUsage>CR</KeyUsage></Policy>"
        let policy = try #require(try PSKCDocument(parsing: key(rules)).open().packages.first?.key?.policy)
        let start = Date(timeIntervalSince1970: 1_146_441_600)
        #expect(policy.allows(.challengeResponse, at: start))
        #expect(!policy.allows(.challengeResponse, at: start.addingTimeInterval(-1)))
        #expect(!policy.allows(.challengeResponse, at: start.addingTimeInterval(30 * 86_400)))
        #expect(policy.allows(.challengeResponse, at: start.addingTimeInterval(30 * 86_400 - 1)))
        #expect(!policy.allows(.otp, at: start))
        #expect(KeyPolicy().allows(.otp, at: start))
    }

    /// What is wrong with an encryption is told before anybody is asked for a key.
    @Test func `an encryption that is not supported is named`() {
        func encrypted(_ encryption: String, mac: String = "http://www.w3.org/2000/09/xmldsig#hmac-sha1") -> [UInt8] {
            container(
                "<EncryptionKey>\(encryption)</EncryptionKey><MACMethod Algorithm=\"\(mac)\"/><KeyPackage/>",
                attributes: "Version=\"1.0\" \(Self.prefixes)")
        }
        func derived(_ parameters: String, uri: String = "http://www.w3.org/2009/xmlenc11#pbkdf2") -> [UInt8] {
            encrypted(
                "<xenc11:DerivedKey><xenc11:KeyDerivationMethod Algorithm=\"\(uri)\"><pkcs5:PBKDF2-params>\(parameters)"
                    + "</pkcs5:PBKDF2-params></xenc11:KeyDerivationMethod></xenc11:DerivedKey>"
            )
        }
        let salt = "<Salt><Specified>MTI=</Specified></Salt>"
        #expect(refusal(encrypted("<ds:KeyName>k</ds:KeyName>")) == .keyNeeded(name: "k"))
        #expect(refusal(encrypted("")) == .missing("KeyName", in: "EncryptionKey"))
        #expect(refusal(derived("\(salt)<IterationCount>1</IterationCount>")) == .passwordNeeded(name: nil))
        #expect(refusal(derived("\(salt)<IterationCount>1</IterationCount>", uri: "x")) == .unsupported("the key derivation \"x\""))
        #expect(refusal(derived("<IterationCount>1</IterationCount>")) == .missing("Salt", in: "PBKDF2-params"))
        for kind in ["ds:X509Data", "ds:KeyValue", "ds:RetrievalMethod", "xenc:EncryptedKey"] {
            let name = String(kind.drop { $0 != ":" }.dropFirst())
            #expect(refusal(encrypted("<\(kind)/>")) == .unsupported("an encryption key by \(name)"))
        }
        for count in ["0", "01", "+1", "-1", "10000001", "99999999999999999999", "x"] {
            #expect(
                refusal(derived("\(salt)<IterationCount>\(count)</IterationCount>")) == .value(of: "IterationCount", in: "PBKDF2-params"))
        }
        let odd = "\(salt)<IterationCount>1</IterationCount><KeyLength>17</KeyLength>"
        #expect(refusal(derived(odd)) == .value(of: "KeyLength", in: "PBKDF2-params"))
    }

    @Test func `bytes at random never open, and never end the program`() throws {
        var random = SeededGenerator(seed: 7)
        let good = try DocumentTests.container().plainDocument()
        for _ in 0..<300 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                let index = Int.random(in: bytes.indices, using: &random)
                bytes[index] = UInt8.random(in: 0...255, using: &random)
            }
            _ = refusal(Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random))))
        }
    }
}
