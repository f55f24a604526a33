import Crypto
import OATH
import TestSupport
import Testing

/// tiqr's texts, as its server library writes them.
@Suite struct TiqrTests {
    struct Published: Decodable {
        struct Row: Decodable {
            let suite: String
            let key: HexBytes
            let question, session, code: String
            let conforms: Bool
        }
        let rows: [Row]
    }

    @Test func `every published row is answered, and only those that follow RFC 6287 by its suites`() throws {
        let published: Published = try Fixture.json("oath/ocra-session-tiqr.json")
        var counts = [true: 0, false: 0]
        for row in published.rows {
            let challenge = try TiqrChallenge(server: "tiqr.example", sessionKey: row.session, question: row.question, service: "Example")
            let key = SymmetricKey(data: row.key.bytes)
            #expect(try challenge.code(suite: OCRASuite(parsingTiqr: row.suite), key: key) == row.code, "\(row.suite) \(row.question)")
            let strict = Result { try OCRASuite(parsing: row.suite) }
            #expect(((try? strict.get()) != nil) == row.conforms, "\(row.suite)")
            if let suite = try? strict.get() { #expect(try challenge.code(suite: suite, key: key) == row.code) }
            counts[row.conforms, default: 0] += 1
        }
        print("vectors: tiqr: \(counts[true] ?? 0) rows that conform and \(counts[false] ?? 0) that do not")
        #expect(counts == [true: 32, false: 39])
    }

    @Test(arguments: ["OCRA-1:HOTP-SHA1-6:QH10-S-T1M", "OCRA-1:HOTP-SHA1-6:QH10-S064", "OCRA-1:HOTP-SHA1-6:QH10"])
    func `tiqr's dialect differs in nothing else`(text: String) throws {
        let suite = try OCRASuite(parsingTiqr: text)
        #expect(suite.text == text)
        #expect(suite.sessionLength == (text.contains("QH10-S") ? 64 : nil))
        for wrong in [
            "OCRA-1:HOTP-SHA1-6:QH10-S64", "OCRA-1:HOTP-SHA1-6:QH10-S000", "OCRA-1:HOTP-SHA1-6:QH10-SX", "OCRA-1:HOTP-SHA1-6:QH10-S-S",
        ] {
            #expect(throws: OATHError.self) { try OCRASuite(parsingTiqr: wrong) }
        }
    }

    @Test func `a challenge is read with all that it has`() throws {
        let text = "tiqrauth://test+user%40x@tiqr.surfconext.nl/18b9fd64ac6e8f3a/c0c89b5345/My+Service%2F1/2"
        let challenge = try TiqrChallenge(parsing: text)
        #expect(challenge.userID == "test user@x")
        #expect(challenge.server == "tiqr.surfconext.nl")
        #expect(challenge.sessionKey == "18b9fd64ac6e8f3a" && challenge.question == "c0c89b5345")
        #expect(challenge.service == "My Service/1" && challenge.version == 2)
        #expect(challenge.text == text)
        // As privacyIDEA writes it: no version.
        let old = try TiqrChallenge(parsing: "tiqrauth://lukas_ucs5@org.privacyidea/11083173066293349938/c0c89b5345/privacyIDEA")
        #expect(old.userID == "lukas_ucs5" && old.version == nil && old.service == "privacyIDEA")
        #expect(try TiqrChallenge(parsing: "tiqrauth://s/00/11/x/1").userID == nil)
    }

    @Test func `a server's name is escaped where it has to be`() throws {
        let found = try Fixture.bytes("crashes/uri-escaped-server")
        let challenge = try TiqrChallenge(parsing: String(decoding: found, as: UTF8.self))
        #expect(challenge.server == "ann ban8f3a")
        #expect(try TiqrChallenge(parsing: challenge.text) == challenge)
        let port = "tiqrauth://ann@tiqr.example:8443/00/11/x/2"
        #expect(try TiqrChallenge(parsing: port).text == port)
    }

    @Test(arguments: [
        ("", OATHURIError.scheme(expected: "tiqrauth://")), ("tiqrenroll://s/00/11/x", .scheme(expected: "tiqrauth://")),
        ("tiqrauth://s", .missing("session key")), ("tiqrauth://s/00", .missing("question")), ("tiqrauth://s/00/11", .missing("service")),
        ("tiqrauth://s/00/11/x/2/y", .unknown("part behind the version")),
        ("tiqrauth://s/00/11/x/3", .value(of: "version", expected: "1 or 2")),
        ("tiqrauth://s/00/11/x/", .value(of: "version", expected: "1 or 2")),
        ("tiqrauth://s/0g/11/x", .value(of: "session key", expected: "1 to 128 hexadecimal digits")),
        ("tiqrauth://s//11/x", .value(of: "session key", expected: "1 to 128 hexadecimal digits")),
        ("tiqrauth://s/00/-1/x", .value(of: "question", expected: "1 to 128 hexadecimal digits")),
        ("tiqrauth:///00/11/x", .value(of: "server", expected: "a name, such as that of a host")),
        ("tiqrauth://@s/00/11/x", .value(of: "user", expected: "a name, or none")),
        ("tiqrauth://%0A@s/00/11/x", .encoding(of: "user")), ("tiqrauth://s/00/11/%E2%80%AE", .encoding(of: "service")),
    ])
    func `what is no challenge says why`(text: String, expected: OATHURIError) {
        #expect(throws: expected) { try TiqrChallenge(parsing: text) }
    }

    @Test func `an answer goes there and back`() throws {
        let answer = TiqrAnswer(
            sessionKey: "18b9", userID: "test user", response: "012345", language: "nl", notification: ("APNS", "12&3 4"))
        #expect(
            answer.form
                == "sessionKey=18b9&userId=test+user&response=012345&language=nl&notificationType=APNS&notificationAddress=12%263+4&operation=login"
        )
        #expect(try TiqrAnswer(parsing: answer.form) == answer)
        for wrong in [
            "", "sessionKey=1&userId=2&operation=login", "sessionKey=1&userId=2&response=3",
            "sessionKey=1&userId=2&response=3&operation=register",
            "sessionKey=1&userId=2&response=3&operation=login&x=y", "sessionKey=1&sessionKey=1&userId=2&response=3&operation=login",
            "sessionKey=1&userId=2&response=3&operation=login&notificationType=APNS",
        ] {
            #expect(throws: OATHURIError.self, "\(wrong)") { try TiqrAnswer(parsing: wrong) }
        }
    }

    @Test func `an enrolment leads to its metadata, over TLS alone`() throws {
        let text = "tiqrenroll://https://tiqr.test.surfconext.nl/tiqr.php?key=X"
        let enrolment = try TiqrEnrolment(parsing: text)
        #expect(enrolment.metadataURL == "https://tiqr.test.surfconext.nl/tiqr.php?key=X")
        #expect(enrolment.text == text)
        #expect(try TiqrEnrolment(parsing: "tiqrenroll://http://localhost:8001/m").metadataURL == "http://localhost:8001/m")
        for wrong in [
            "http://example.org/", "https://", "https://a@b/", "https:///x", "file:///etc/passwd", "javascript:x", "https://a b/", "",
            "http://localhost.example.org/",
        ] {
            #expect(throws: OATHURIError.self, "\(wrong)") { try TiqrEnrolment(parsing: "tiqrenroll://" + wrong) }
        }
    }

    @Test func `metadata say how to answer, and the key comes back`() throws {
        let json = """
            {"service":{"displayName":"Test","identifier":"localhost","logoUrl":"","infoUrl":"",
            "authenticationUrl":"http:\\/\\/localhost:8001\\/authentication","ocraSuite":"OCRA-1:HOTP-SHA1-6:QH10-S064",
            "enrollmentUrl":"https:\\/\\/localhost\\/finish?secret=Y"},"identity":{"identifier":"test-user","displayName":"test user name"}}
            """
        let metadata = try TiqrMetadata(parsing: Array(json.utf8))
        #expect(metadata.identity == TiqrMetadata.Identity(identifier: "test-user", displayName: "test user name"))
        #expect(metadata.service.authenticationUrl == "http://localhost:8001/authentication")
        #expect(try metadata.suite().sessionLength == 64)
        let key = SymmetricKey(size: .bits256)
        let form = metadata.registration(of: key, language: "en")
        #expect(try TiqrMetadata.key(inRegistration: form) == key)
        #expect(throws: OATHURIError.self) { try TiqrMetadata.key(inRegistration: "secret=00&operation=register") }
        for (good, bad) in [
            ("QH10", "QX10"), ("https:\\/\\/localhost", "http:\\/\\/example.org"), ("\"localhost\"", "\"\""), ("test-user", "a\u{202E}b"),
            ("identity", "x"),
        ] {
            #expect(throws: OATHURIError.self, "\(bad)") { try TiqrMetadata(parsing: Array(json.replacing(good, with: bad).utf8)) }
        }
    }
}
