import Foundation
import TestSupport
import Testing

/// `tessera pskc`: keys into a container and out of it again.
@Suite struct PSKCCommandTests {
    private let folder: Folder
    private static let uris = [
        "otpauth://hotp/Bank:anna?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Bank&algorithm=SHA1&digits=6&counter=3",
        "otpauth://totp/Zo%C3%AB?secret=JBSWY3DPEHPK3PXP&algorithm=SHA256&digits=8&period=60",
    ]

    init() throws {
        folder = try Folder()
        try folder.write(Self.uris.joined(separator: "\n") + "\n", to: "keys.txt")
        try folder.write("00112233445566778899aabbccddeeff", to: "key.hex")
        try folder.write("ff112233445566778899aabbccddeeff", to: "other.hex")
        try folder.write("correct horse\n", to: "password.txt")
    }

    private func pskc(_ arguments: String...) async throws -> ChildProgram.Outcome { try await Program.run(["pskc"] + arguments) }

    @Test(arguments: [["--plain"], ["--key-file", "key.hex"], ["--password-file", "password.txt"]])
    func `what is exported is imported again, private to its owner`(protection: [String]) async throws {
        let options = protection.map { $0.hasPrefix("--") ? $0 : folder.path($0) }
        let out = try await Program.run(["pskc", "export", folder.path("keys.txt"), "--output", folder.path("box.xml")] + options)
        #expect(out.status == 0, "\(out.complaints)")
        #expect(out.complaints == "tessera: keys written to \(folder.path("box.xml")): 2\n")
        let opening = protection == ["--plain"] ? [] : options
        let back = try await Program.run(["pskc", "import", folder.path("box.xml"), "--output", folder.path("back.txt")] + opening)
        #expect(back.status == 0, "\(back.complaints)")
        #expect(String(decoding: try folder.read("back.txt"), as: UTF8.self) == Self.uris.joined(separator: "\n") + "\n")
        for name in ["box.xml", "back.txt"] {
            let mode = try FileManager.default.attributesOfItem(atPath: folder.path(name))[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }

    @Test func `inspecting needs no key and shows no secret`() async throws {
        _ = try await pskc("export", folder.path("keys.txt"), "--output", folder.path("box.xml"), "--plain")
        let plain = try await pskc("inspect", folder.path("box.xml"))
        #expect(plain.status == 0)
        for word in ["hotp", "totp", "plain", "the secrets are not encrypted"] { #expect(plain.text.contains(word), "\(plain.text)") }
        let json = try await pskc("inspect", "--json", folder.path("box.xml"))
        for outcome in [plain, json] {
            for secret in ["GEZDGNBV", "31323334", "MTIzNDU2"] { #expect(!outcome.text.contains(secret)) }
        }
        _ = try await pskc(
            "export", folder.path("keys.txt"), "--output", folder.path("shut.xml"), "--key-file", folder.path("key.hex"), "--key-name",
            "May")
        let shut = try await pskc("inspect", folder.path("shut.xml"))
        #expect(shut.text.contains("the secrets are encrypted with a key called \"May\""))
    }

    @Test func `a wrong key is refused, and a missing or needless one a matter of usage`() async throws {
        _ = try await pskc("export", folder.path("keys.txt"), "--output", folder.path("box.xml"), "--key-file", folder.path("key.hex"))
        let wrong = try await pskc(
            "import", folder.path("box.xml"), "--output", folder.path("back.txt"), "--key-file", folder.path("other.hex"))
        #expect(wrong.status == 1)
        #expect(wrong.failure?.error == "the key or password is wrong, or the file was altered")
        let none = try await pskc("import", folder.path("box.xml"), "--output", folder.path("back.txt"))
        #expect(none.status == 2)
        let password = try await pskc(
            "import", folder.path("box.xml"), "--output", folder.path("back.txt"), "--password-file", folder.path("password.txt"))
        #expect(password.status == 2)
        #expect(try folder.names.contains("back.txt") == false)
        let missing = try await pskc("inspect", folder.path("no.xml"))
        #expect(missing.status == 3)
        let bad = try await pskc("inspect", folder.path("keys.txt"))
        #expect(bad.status == 1)
    }

    @Test func `everything that a container says is kept in JSON, and rules that nobody understands keep a key out`() async throws {
        let container = """
            <KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc"><KeyPackage><DeviceInfo><SerialNo>47</SerialNo></DeviceInfo>
            <Key Id="k" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:totp"><Data><Secret><PlainValue>MTIzNA==</PlainValue></Secret>
            <TimeDrift><PlainValue>-2</PlainValue></TimeDrift></Data><Policy><ExpiryDate>2030-01-01T00:00:00Z</ExpiryDate>
            <PINPolicy MaxFailedAttempts="3" PINUsageMode="Append"/></Policy></Key></KeyPackage></KeyContainer>
            """
        try folder.write(container, to: "box.xml")
        let uris = try await pskc("import", folder.path("box.xml"), "--output", folder.path("keys"))
        #expect(uris.status == 1)
        #expect(uris.failure?.hint == "write JSON with --json")
        let json = try await pskc("import", folder.path("box.xml"), "--output", folder.path("keys"), "--json")
        #expect(json.status == 0, "\(json.complaints)")
        let text = String(decoding: try folder.read("keys"), as: UTF8.self)
        for part in ["\"secret\" : \"31323334\"", "\"timeDrift\" : -2", "\"maximumFailedAttempts\" : 3", "2030-01-01T00:00:00Z", "Append"] {
            #expect(text.contains(part), "\(text)")
        }
        try folder.write(container.replacing("<PINPolicy", with: "<o:noon xmlns:o=\"urn:o\"/><PINPolicy"), to: "box.xml")
        let strange = try await pskc("import", folder.path("box.xml"), "--output", folder.path("keys"), "--json")
        #expect(strange.status == 1)
    }

    /// A key with everything that RFC 6030 knows, as in its figure 10.
    private static let ruled = """
        <KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc"><KeyPackage><DeviceInfo><Manufacturer>oath.M</Manufacturer>
        <SerialNo>987654321</SerialNo><Model>X</Model><IssueNo>2</IssueNo><DeviceBinding>imei</DeviceBinding>
        <StartDate>2005-05-01T00:00:00Z</StartDate><ExpiryDate>2040-05-31T00:00:00Z</ExpiryDate><UserId>DC=bank</UserId></DeviceInfo>
        <CryptoModuleInfo><Id>CM</Id></CryptoModuleInfo><Key Id="k" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:hotp"><Issuer>I</Issuer>
        <AlgorithmParameters><ChallengeFormat Encoding="DECIMAL" Min="4" Max="8"/><ResponseFormat Encoding="DECIMAL" Length="8"
        CheckDigits="true"/></AlgorithmParameters><FriendlyName>F</FriendlyName><Data><Secret><PlainValue>MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=
        </PlainValue></Secret><Counter><PlainValue>7</PlainValue></Counter></Data><UserId>UID=jsmith</UserId><Policy>
        <StartDate>2006-05-01T00:00:00Z</StartDate><ExpiryDate>2016-05-31T00:00:00Z</ExpiryDate><PINPolicy PINKeyId="p" PINUsageMode="Local"
        MinLength="4" MaxLength="4" PINEncoding="DECIMAL"/><KeyUsage>OTP</KeyUsage><NumberOfTransactions>9</NumberOfTransactions></Policy>
        </Key></KeyPackage></KeyContainer>
        """

    @Test func `a key whose time is over is taken only when that is asked for, and what a URI cannot hold is told`() async throws {
        try folder.write(Self.ruled, to: "box.xml")
        for form in [[], ["--json"]] {
            let outcome = try await Program.run(["pskc", "import", folder.path("box.xml"), "--output", folder.path("keys")] + form)
            #expect(outcome.status == 1 && outcome.failure?.error == "the key \"k\" ended on 2016-05-31", "\(outcome.complaints)")
        }
        #expect(try !folder.names.contains("keys"))
        let taken = try await pskc("import", folder.path("box.xml"), "--output", folder.path("keys"), "--expired")
        #expect(taken.status == 0)
        for thing in [
            "device's serial number", "device's maker or model", "start date", "expiry date", "PIN policy", "permitted uses",
            "number of transactions", "check digit",
        ] {
            let line = "tessera: warning: a URI cannot hold the \(thing) of 1 key; --json keeps it\n"
            #expect(taken.complaints.contains(line), "\(taken.complaints)")
        }
    }

    @Test func `what is imported as JSON is exported with everything that was said of it`() async throws {
        try folder.write(Self.ruled, to: "box.xml")
        let json = ["pskc", "import", "--json", "--expired", "--output"]
        let first = try await Program.run(json + [folder.path("keys.json"), folder.path("box.xml")])
        #expect(first.status == 0 && !first.complaints.contains("warning"), "\(first.complaints)")
        let export = try await pskc("export", folder.path("keys.json"), "--plain", "--output", folder.path("again.xml"))
        #expect(export.status == 0, "\(export.complaints)")
        // The container that was written says what the one that was read said, element by element.
        let words: (String) -> [String] = { text in
            let parts = text.split { "<>\"/ \n".contains($0) }.map(String.init)
            return parts.drop { $0 != "KeyPackage" }.sorted()
        }
        #expect(words(String(decoding: try folder.read("again.xml"), as: UTF8.self)) == words(Self.ruled))
        let second = try await Program.run(json + [folder.path("again.json"), folder.path("again.xml")])
        #expect(second.status == 0)
        #expect(try folder.read("again.json") == folder.read("keys.json"))
        let shown = try await pskc("inspect", "--json", folder.path("box.xml"))
        try shown.output.write(to: folder.url.appending(path: "shown.json"))
        for (text, what) in [("[{}]", "an empty key"), ("[1]", "a number"), (shown.text, "what inspect shows")] {
            try folder.write(text, to: "bad.json")
            let outcome = try await pskc("export", folder.path("bad.json"), "--plain", "--output", folder.path("bad.xml"))
            #expect(outcome.status == 2, "\(what) \(outcome.complaints)")
        }
        #expect(try !folder.names.contains("bad.xml"))
    }
}
