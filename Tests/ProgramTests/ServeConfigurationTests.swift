import ArgumentParser
import Foundation
import HTTPDoor
import Logging
import Testing
import Verification

@testable import tessera

/// What `tessera serve` is told: options before the file before defaults, and nothing that cannot be meant.
@Suite struct ServeConfigurationTests {
    /// Uid 1000, with a user "core" beside it.
    static let person = Surroundings(
        userID: 1000, environment: ["XDG_RUNTIME_DIR": "/run/user/1000", "HOME": "/home/person"], hostName: "desk",
        userNamed: { ["core": 1001, "person": 1000][$0] })

    private func effective(
        _ options: [String], _ file: String = "{}", in surroundings: Surroundings = person
    ) throws -> ServeConfiguration {
        try ServeConfiguration.draft(
            ServeOptions.parse(options), ServeConfigurationFile.parse(Array(file.utf8)), named: "/etc/tessera/serve.json", in: surroundings
        ).approved()
    }

    private func refusals(_ options: [String], _ file: String = "{}") -> [ServeConfigurationError] {
        do {
            _ = try effective(options, file)
            return []
        } catch { return (error as? ServeConfigurationErrors)?.all ?? [] }
    }

    private func refusal(_ options: [String], _ file: String = "{}") -> ServeConfigurationError? { refusals(options, file).first }

    private static let least = ["--store", "s.sqlite", "--test"]

    @Test func `a store for tests needs nothing else, and lets in who starts it`() throws {
        let made = try effective(Self.least)
        #expect(made.socket == "/run/user/1000/tessera/bridge.sock")
        #expect(made.peers == [1000: Set(Role.allCases)])
        #expect(made.store.place == "s.sqlite" && made.store.mark == .test && made.origin == "localhost" && made.node == "desk")
        #expect(made.loopback == nil && made.tls == nil && made.emulators == nil && made.issuer == nil)
        #expect(made.pinEntry.places == [.pinpad, .pinentry("pinentry"), .terminal])
        #expect(made.log.level == .info && made.log.format == .text && made.limits.connections == DoorLimits().connections)
        #expect(made.socketMode == 0o600)
    }

    @Test(arguments: ["", "a b", "a/b", "é", String(repeating: "a", count: 65)])
    func `a node's name is a name`(_ name: String) throws {
        #expect(refusal(Self.least + ["--node", name])?.member == "node")
        var nameless = Self.person
        nameless.hostName = name
        #expect(throws: ServeConfigurationErrors.self) { try effective(Self.least, in: nameless) }
        #expect(try effective(Self.least + ["--node", "db-1.example_2"]).node == "db-1.example_2")
    }

    @Test(arguments: ["", " ", String(repeating: "a", count: 59), "a\u{202E}b"])
    func `an origin is one that a challenge can say`(_ origin: String) {
        let found = refusal(Self.least + ["--origin", origin])
        #expect(found?.member == "origin" && found?.code == .unsuitable && found?.exit == .usage)
    }

    @Test func `an issuer's id is in ASCII, the origin's too where it is one`() throws {
        #expect(refusal(Self.least + ["--origin", "Bänk"]) == nil, "nobody seals under it")
        #expect(refusal(Self.least + ["--origin", "Bänk", "--issuer-key", "k"])?.member == "origin")
        #expect(refusal(Self.least + ["--origin", "Bänk", "--emulators"])?.member == "origin")
        #expect(refusal(Self.least + ["--origin", "Bänk"], #"{"issuer": {"key": "k", "id": "bank"}}"#) == nil)
        #expect(refusal(Self.least, #"{"issuer": {"key": "k", "id": "Bänk"}}"#)?.member == "issuer.id")
        let missing = refusals(["--store", "s", "--keys", "k", "--decoy-key-file", "d", "--issuer-key", "i"])
        #expect(missing.map(\.member) == ["origin"], "told once")
    }

    @Test func `the socket lies where systemd made a folder, or in the system's for root`() throws {
        var service = Self.person
        service.environment["RUNTIME_DIRECTORY"] = "/run/tessera:/run/other"
        #expect(try effective(Self.least, in: service).socket == "/run/tessera/bridge.sock")
        service.environment["CONFIGURATION_DIRECTORY"] = "/etc/tessera"
        #expect(service.usualFile == "/etc/tessera/serve.json")
        var root = Self.person
        root.userID = 0
        #expect(try effective(Self.least, in: root).socket == "/run/tessera/bridge.sock")
        #expect(root.usualFile == "/etc/tessera/serve.json")
        #expect(Self.person.usualFile == "/home/person/.config/tessera/serve.json")
        var nowhere = Self.person
        nowhere.environment = [:]
        #expect(throws: ServeConfigurationErrors.self) { try effective(Self.least, in: nowhere) }
        #expect(nowhere.usualFile == nil)
    }

    private static let whole = """
        {
          "socket": "b.sock", "node": "one", "origin": "bank.example",
          "peers": {"core": ["verifier", "administrator"], "1002": ["observer"]},
          "store": {"place": "postgresql://db.example/bank", "keys": "store.keys"},
          "issuer": {"id": "Bank", "key": "issuer.pem"}, "decoyKey": "/keys/decoy", "roots": ["a.pem", "/b.pem"],
          "admitRetired": true, "rules": "rules.json",
          "loopback": {"listen": "127.0.0.1:8731", "tokens": "tokens", "hosts": ["core:8731"], "origins": ["https://core"]},
          "tls": {"address": "192.0.2.7", "port": 8443, "certificate": "c.pem", "key": "k.pem", "clientRoots": "r.pem",
                  "names": {"core.bank.example": ["verifier"]}},
          "exemptions": {"trustedBeneficiaries": true, "trustedLimits": {"EUR": "250.00"}, "lowValue": true},
          "pinEntry": ["pinpad", "pinentry:/usr/bin/pinentry-curses"],
          "auditKeys": ["audit.pem"],
          "revocation": {"mode": "require", "lists": ["a.crl", "/b.crl"], "responses": ["a.ocsp"], "responders": ["http://ocsp.example/a"]},
          "blocking": {"wrongAnswers": 3, "minutes": 90, "triesAfterwards": 2},
          "log": {"level": "debug", "format": "json"}, "limits": {"bodySize": 4096, "idleSeconds": 7}
        }
        """

    #if PostgreSQL
    @Test func `every member of the file arrives, and its names begin in its folder`() throws {
        let made = try effective([], Self.whole)
        #expect(made.socket == "/etc/tessera/b.sock" && made.store.place == "postgresql://db.example/bank")
        #expect(made.store.keys == "/etc/tessera/store.keys" && made.store.mark == .production)
        #expect(made.peers == [1001: [.verifier, .administrator], 1002: [.observer]])
        #expect(made.issuer?.id == "Bank" && made.issuer?.key == "/etc/tessera/issuer.pem" && made.decoyKey == "/keys/decoy")
        #expect(made.roots == ["/etc/tessera/a.pem", "/b.pem"] && made.rules == "/etc/tessera/rules.json" && made.admitsRetired)
        #expect(made.loopback?.port == 8731 && made.loopback?.tokens == "/etc/tessera/tokens")
        #expect(made.loopback?.hosts == ["core:8731"] && made.loopback?.origins == ["https://core"])
        #expect(made.tls?.names == ["core.bank.example": [.verifier]] && made.tls?.key == "/etc/tessera/k.pem" && made.tls?.port == 8443)
        #expect(made.authentication.exemptsTrustedBeneficiaries && made.authentication.lowValue != nil)
        #expect(made.authentication.trustedLimits == ["EUR": 25_000])
        #expect(made.pinEntry.programs == ["/usr/bin/pinentry-curses"] && made.pinEntry.usesPinpad)
        #expect(made.auditKeys == ["/etc/tessera/audit.pem"])
        #expect(made.revocation.mode == .require && made.revocation.lists == ["/etc/tessera/a.crl", "/b.crl"])
        #expect(made.revocation.responses == ["/etc/tessera/a.ocsp"] && made.revocation.responders == ["http://ocsp.example/a"])
        #expect(made.blocking == BlockingRule(limit: 3, duration: 5_400, triesAfterwards: 2))
        #expect(made.log.level == .debug && made.log.format == .json && made.limits.bodySize == 4096)
        #expect(made.limits.idleTime == .seconds(7) && made.limits.headerTime == DoorLimits().headerTime && made.socketMode == 0o660)
    }

    @Test func `options take precedence over the file, and the report says where each value is from`() throws {
        let made = try effective(
            ["--socket", "o.sock", "--allow", "person=deviceUser", "--keys-variable", "KEYS", "--no-pinpad", "--log-level", "trace"],
            Self.whole)
        #expect(
            made.socket.hasSuffix("/o.sock") && made.socket.hasPrefix("/") && made.peers == [1000: [.deviceUser]]
                && made.log.level == .trace)
        #expect(made.store.keys == nil && made.store.keysVariable == "KEYS" && !made.pinEntry.usesPinpad)
        let from = Dictionary(made.settings.map { ($0.member, $0.source) }) { first, _ in first }
        #expect(from["socket"] == .option && from["origin"] == .file && from["log.level"] == .option && from["log.format"] == .file)
        #expect(Set(made.settings.map(\.member)).count == made.settings.count)
        let table = made.report().table
        #expect(table.contains("uid 1000: deviceUser") && table.contains("The file is /etc/tessera/serve.json."))
        let json = try OutputOptions.json(made.report())
        #expect(json.contains("\"member\" : \"tls.names\"") && json.contains("core.bank.example: verifier"))
    }
    #endif

    @Test func `without a word on it, nobody is asked for certificates that were taken back, and five wrong answers block`() throws {
        let made = try effective(Self.least)
        #expect(made.revocation.mode == .prefer && made.revocation.lists.isEmpty && made.revocation.responders.isEmpty)
        #expect(made.blocking == BlockingRule())
        #expect(made.settings.contains { $0.member == "blocking.wrongAnswers" && $0.value == "5" && $0.source == .standard })
    }

    @Test func `a production store wants keys, an origin and a key for strangers, and takes no emulated devices`() {
        #expect(refusal([])?.member == "store.place")
        #expect(refusal(["--store", "s"])?.member == "store.keys")
        #expect(refusal(["--store", "s", "--keys", "k"])?.member == "origin")
        #expect(refusal(["--store", "s", "--keys", "k", "--origin", "b"])?.member == "decoyKey")
        let whole = ["--store", "s", "--keys", "k", "--origin", "b", "--decoy-key-file", "d"]
        #expect(refusal(whole) == nil)
        #expect(refusal(whole + ["--emulators"])?.code == .contradiction)
        #expect(refusal(whole, #"{"emulators": {}}"#)?.code == .contradiction)
        #expect(refusal(Self.least + ["--emulators"]) == nil)
    }

    @Test func `emulated devices have a socket of their own`() throws {
        #expect(try effective(Self.least + ["--emulators"]).emulators == "/run/user/1000/tessera/emulators.sock")
        #expect(try effective(Self.least + ["--emulators-socket", "e.sock"]).emulators?.hasSuffix("/e.sock") == true)
    }

    @Test(arguments: ["0.0.0.0:80", "192.0.2.1:80", "example.org:80", "[::]:80", "[2001:db8::1]:80", "127.0.0.1.example.org:80"])
    func `plain TCP beyond loopback is refused`(listen: String) {
        let error = refusal(Self.least + ["--listen", listen, "--tokens", "t"])
        #expect(error?.code == .insecure && error?.hint.contains("tls") == true)
    }

    @Test func `loopback wants tokens, a port, and hosts by name`() throws {
        #expect(refusal(Self.least + ["--listen", "127.0.0.1:80"])?.member == "loopback.tokens")
        #expect(refusal(Self.least + ["--tokens", "t"])?.code == .contradiction)
        for listen in ["127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", ":80:", "[::1]:80"] {
            #expect(refusal(Self.least + ["--listen=\(listen)", "--tokens", "t"])?.code == .unsuitable, "\(listen)")
        }
        let every = #"{"loopback": {"listen": "127.0.0.1:1", "tokens": "t", "origins": ["*"]}}"#
        #expect(refusal(Self.least, every)?.code == .insecure)
        for origin in ["null", "NULL"] {
            let hidden = #"{"loopback": {"listen": "127.0.0.1:1", "tokens": "t", "origins": ["https://core", "\#(origin)"]}}"#
            #expect(refusal(Self.least, hidden)?.member == "loopback.origins")
        }
        #expect(try effective(Self.least + ["--listen", "localhost:8731", "--tokens", "t"]).loopback?.port == 8731)
    }

    private static let unusable: [(String, ServeConfigurationError.Code, String)] = [
        (#"{"sokcet": "x"}"#, .unknownMember, "sokcet"), (#"{"store": {"plcae": "x"}}"#, .unknownMember, "store.plcae"),
        (#"{"limits": {"bodySize": "1"}}"#, .malformed, "limits.bodySize"), (#"{"roots": ["a", 1]}"#, .malformed, "roots[1]"),
        (#"{"loopback": {"tokens": "t"}}"#, .missing, "loopback.listen"), (#"{"tls": {}}"#, .missing, "tls.address"),
        (#"["#, .malformed, ""), ("", .malformed, ""), (#"[]"#, .malformed, ""), (#"{"socket": "#, .malformed, ""),
        (#"{"limits": {"bodySize": 1}}"#, .unsuitable, "limits.bodySize"),
        (#"{"limits": {"bodySize": 67108864, "bodiesSize": 67108863}}"#, .unsuitable, "limits.bodiesSize"),
        (#"{"log": {"level": "loud"}}"#, .unsuitable, "log.level"),
        (#"{"log": {"format": "xml"}}"#, .unsuitable, "log.format"), (#"{"pinEntry": []}"#, .unsuitable, "pinEntry"),
        (#"{"pinEntry": ["terminal", "pinpad"]}"#, .unsuitable, "pinEntry"), (#"{"pinEntry": ["window"]}"#, .unsuitable, "pinEntry"),
        (#"{"peers": {"nobody-here": ["verifier"]}}"#, .unsuitable, "peers.nobody-here"), (#"{"peers": {}}"#, .unsuitable, "peers"),
        (#"{"peers": {"core": ["boss"]}}"#, .unsuitable, "peers.core"), (#"{"peers": {"core": []}}"#, .unsuitable, "peers.core"),
        (#"{"peers": {"core": ["verifier"], "1001": ["observer"]}}"#, .contradiction, ""),
        (#"{"exemptions": {"trustedLimits": {"EUR": "1,5"}}}"#, .unsuitable, "exemptions.trustedLimits.EUR"),
        (#"{"revocation": {"mode": "maybe"}}"#, .unsuitable, "revocation.mode"),
        (#"{"revocation": {"list": ["a"]}}"#, .unknownMember, "revocation.list"),
        (#"{"revocation": {"mode": "off", "lists": ["a"]}}"#, .contradiction, "revocation.mode"),
        (#"{"revocation": {"responders": ["http://a/", "ldap://b/"]}}"#, .unsuitable, "revocation.responders[1]"),
        (#"{"revocation": {"responders": ["http://user@a/"]}}"#, .unsuitable, "revocation.responders[0]"),
        (#"{"blocking": {"wrongAnswers": 6}}"#, .unsuitable, "blocking.wrongAnswers"),
        (#"{"blocking": {"minutes": 0}}"#, .unsuitable, "blocking.minutes"),
        (#"{"blocking": {"triesAfterwards": 0}}"#, .unsuitable, "blocking.triesAfterwards"),
        (#"{"blocking": {"seconds": 5}}"#, .unknownMember, "blocking.seconds"),
        (#"{"store": {"keys": "a", "keysVariable": "B"}}"#, .contradiction, "store.keysVariable"),
    ]

    @Test(arguments: unusable.indices)
    func `what cannot be meant is refused, and the member is named`(index: Int) {
        let (file, code, member) = Self.unusable[index]
        let error = refusal(Self.least, file)
        #expect(error?.code == code, "\(file): \(String(describing: error))")
        #expect(member.isEmpty || error?.member == member)
        #expect(error?.hint.isEmpty == false)
    }

    @Test func `all that is wrong is told at once, each with its file and its member`() {
        let file = """
            {"sokcet": "b.sock", "node": "a b", "roots": ["a", 1], "peers": {"core": ["boss"], "1002": [7]}, "store": {"plcae": "s"},
             "loopback": {"listen": "0.0.0.0:80"}, "tls": {"port": 70000}, "log": {"level": "loud", "format": 1},
             "limits": {"bodySize": "1", "headerSeconds": 0}, "pinEntry": ["window"], "exemptions": {"trustedLimits": {"EUR": "1,5"}},
             "issuer": {}, "origin": "bank.example", "origin": "other.example"}
            """
        let all = refusals([], file)
        let members = [
            "sokcet", "node", "roots[1]", "peers.core", "peers.1002[0]", "store.plcae", "store.place", "loopback.listen",
            "loopback.tokens", "tls.address", "tls.port", "tls.certificate", "tls.key", "tls.clientRoots", "tls.names", "log.level",
            "log.format", "limits.bodySize", "limits.headerSeconds", "pinEntry", "exemptions.trustedLimits.EUR", "issuer.key",
            "origin", "store.keys", "decoyKey",
        ]
        #expect(Set(all.map(\.member)) == Set(members), "\(all.map(\.member))")
        #expect(all.count == members.count)
        #expect(all.allSatisfy { $0.description.hasPrefix("/etc/tessera/serve.json: \($0.member): ") && !$0.hint.isEmpty })
        let whole = Failure(ServeConfigurationErrors(all) ?? ServeConfigurationErrors(.init(.missing, "", "", hint: "")))
        #expect(whole.others.count == all.count - 1 && whole.exit == .usage)
        // What an option says is no fault of the file.
        #expect(refusal(Self.least + ["--log-level", "loud"])?.description == "log.level: \"loud\" is no level")
        #expect(refusal(Self.least + ["--allow", "x=boss"])?.file == nil)
    }

    @Test func `what follows from a member that cannot be read is not told besides`() {
        #expect(refusals([], #"{"store": {"place": "s", "test": "yes"}}"#).map(\.member) == ["store.test"])
        #expect(refusals([], #"{"store": 1}"#).map(\.member) == ["store"])
        #expect(refusals(Self.least, #"{"peers": {"core": [1]}}"#).map(\.member) == ["peers.core[0]"])
    }

    @Test func `a file in which everything is wrong has an end`() {
        let names = (0..<500).map { "\"m\($0)\": 1" }.joined(separator: ",")
        #expect(refusals(Self.least, "{\(names)}").count == 40)
    }

    @Test func `a misspelt member is told with its line and with what there is`() {
        let error = refusal(Self.least, "{\n  \"limits\": {\n    \"boddy\": 5\n  }\n}")
        #expect(error?.description == "/etc/tessera/serve.json: limits.boddy: there is no such member, in line 3")
        #expect(error?.hint.contains("headerSeconds") == true)
        #expect(refusal(Self.least, "{\n  \"socket\" \"x\"\n}")?.description.contains("in line 2") == true)
    }

    @Test func `a member that stands twice is refused, also when it is written otherwise`() {
        let twice: [(String, String, Int)] = [
            (#"{"socket": "a", "socket": "b"}"#, "socket", 1),
            ("{\"log\": {\"level\": \"info\",\n\"l\\u0065vel\": \"debug\"}}", "log.level", 2),
            (#"{"roots": ["}", "\"a"], "limits": {"bodySize": 4096}, "log": {}, "limits": {}}"#, "limits", 1),
        ]
        for (file, member, line) in twice {
            let error = refusal(Self.least, file)
            #expect(error?.code == .malformed && error?.member == member, "\(file): \(String(describing: error))")
            #expect(error?.description.hasSuffix("again in line \(line)") == true && error?.file != nil)
        }
        // The same name in two objects, and as a value, is no second member.
        let once = #"{"node": "store", "origin": "node", "issuer": {"id": "x", "key": "key"}, "peers": {"core": ["verifier"]}}"#
        #expect(refusal(Self.least, once) == nil)
    }

    @Test(arguments: [
        ("not.an.address", "443", #"{"c": ["verifier"]}"#), ("192.0.2.1", "65536", #"{"c": ["verifier"]}"#), ("192.0.2.1", "443", "{}"),
        ("192.0.2.1", "443", #"{"c": ["all"]}"#), ("192.0.2.1", "443", #"{"uid 0": ["verifier"]}"#),
        ("192.0.2.1", "443", #"{"token core": ["verifier"]}"#), ("192.0.2.1", "443", #"{"": ["verifier"]}"#),
        ("192.0.2.1", "443", #"{"anybody": ["verifier"]}"#), ("192.0.2.1", "443", #"{"c\u0000": ["verifier"]}"#),
    ])
    func `a door beyond loopback names its address and its clients`(address: String, port: String, names: String) {
        let file = #"""
            {"tls": {"address": "\#(address)", "port": \#(port), "certificate": "c", "key": "k", "clientRoots": "r", "names": \#(names)}}
            """#
        #expect(refusal(Self.least, file)?.code == .unsuitable)
    }

    @Test func `options that name users are checked as the file's are`() {
        #expect(refusal(Self.least + ["--allow", "core"])?.code == .unsuitable)
        #expect(refusal(Self.least + ["--allow", "core=verifier", "--allow", "core=observer"])?.code == .unsuitable)
        #expect(refusal(Self.least + ["--no-pinpad", "--pinentry", "p"]) == nil)
        #expect(refusal(Self.least + ["--no-pinpad"], #"{"pinEntry": ["pinpad"]}"#)?.code == .contradiction)
    }

    @Test func `the file that is named is read, and one that is not there is told`() throws {
        let folder = try Folder()
        try folder.write(#"{"store": {"place": "s.sqlite", "test": true}}"#, to: "serve.json")
        let made = try ServeConfiguration.effective(ServeOptions.parse(["--configuration", folder.path("serve.json")]), in: Self.person)
        #expect(made.store.place == folder.url.standardizedFileURL.path + "/s.sqlite")
        var usual = Self.person
        usual.environment["CONFIGURATION_DIRECTORY"] = folder.url.path
        #expect(try ServeConfiguration.effective(ServeOptions.parse([]), in: usual).file == folder.path("serve.json"))
        #expect(throws: ServeConfigurationErrors.self) {
            try ServeConfiguration.effective(ServeOptions.parse(["--configuration", "/nonexistent"]), in: Self.person)
        }
    }

    @Test func `a folder that is named for the file is told, with the file that is expected`() throws {
        let folder = try Folder()
        func refused() -> ServeConfigurationError? {
            do throws(ServeConfigurationErrors) {
                _ = try ServeConfigurationFile.read(folder.url.path)
                return nil
            } catch { return error.first }
        }
        #expect(refused()?.hint == "name the file: \(folder.path("serve.json")), which is not there yet; Docs/Service.md shows one")
        #expect(refused()?.code == .unreadable && refused()?.description.hasSuffix("is a folder, and a file is expected") == true)
        try folder.write("{}", to: "serve.json")
        #expect(refused()?.hint == "name the file: \(folder.path("serve.json"))")
        try folder.write("[", to: "broken.json")
        #expect {
            try ServeConfigurationFile.read(folder.path("broken.json"))
        } throws: { error in
            (error as? ServeConfigurationErrors)?.first.description.hasPrefix("\(folder.path("broken.json")): it is no JSON") == true
        }
    }

    @Test func `this process has a user, and names are looked up`() {
        #expect(Surroundings.present.userNamed("root") == 0)
        #expect(Surroundings.present.userNamed("no such user") == nil)
    }
}
