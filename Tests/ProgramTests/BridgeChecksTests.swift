import Foundation
import TestSupport
import Testing
import Verification

@testable import tessera

/// What the doctor says of the daemon, its configuration and its store: on machines made of files, and at sockets that answer.
@Suite struct BridgeChecksTests {
    private static let now = Date(timeIntervalSince1970: 1_800_000_000)
    private static let person = Surroundings(
        userID: getuid(), environment: ["XDG_RUNTIME_DIR": "/run/user/1000", "HOME": "/home/person"], hostName: "desk",
        userNamed: { _ in nil })

    /// A folder below which the machine is, with these files.
    private func machine(_ files: [String: String] = [:]) throws -> (Machine, Folder) {
        let folder = try Folder()
        for (path, text) in files {
            try FileManager.default.createDirectory(
                at: folder.url.appending(path: path).deletingLastPathComponent(), withIntermediateDirectories: true)
            try folder.write(text, to: path)
        }
        return (Machine(root: folder.url, patience: .seconds(30)), folder)
    }

    private func set(_ mode: Int, of path: String, in folder: Folder) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: folder.path(path))
    }

    // MARK: The daemon

    /// The finding about a daemon that answers so.
    private func heard(_ answer: String?, patience: Duration = .seconds(30)) async throws -> Finding {
        let folder = try Folder()
        try FileManager.default.createDirectory(atPath: folder.path("run/tessera"), withIntermediateDirectories: true)
        let server = try OneAnswer(at: folder.path("run/tessera/bridge.sock"), answer)
        defer { server.stop() }
        let machine = Machine(root: folder.url, patience: patience)
        return try #require(await DaemonChecks(machine: machine, configuration: nil, surroundings: Self.person).findings().first)
    }

    @Test func `a daemon that answers is fine, and its version is told`() async throws {
        let finding = try await heard("HTTP/1.1 200 OK\r\nTessera-Version: 1\r\nContent-Length: 0\r\n\r\n")
        #expect(finding == .ok("daemon", "/run/tessera/bridge.sock answers, protocol version 1"))
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\ntessera-version: 2\r\n\r\n", Finding.Result.failed, "it speaks version 2, this program 1"),
        ("HTTP/1.1 200 OK\r\nServer: other\r\n\r\n", .failed, "another program answers"),
        ("SSH-2.0-x\r\n\r\n", .failed, "another program answers"),
        ("HTTP/1.1 2", .failed, "another program answers"),
        ("HTTP/1.1 503 Busy\r\nTessera-Version: 1\r\n\r\n", .warning, "answers with 503"),
        ("HTTP/1.1 403 No\r\nTessera-Version: 1\r\n\r\n", .ok, "has nothing for this user"), ("", .warning, "lets this user not in"),
    ])
    func `any other answer is told for what it is`(answer: String, result: Finding.Result, detail: String) async throws {
        let finding = try await heard(answer)
        #expect(finding.result == result && finding.detail.contains(detail), "\(finding)")
    }

    @Test func `a daemon that says nothing is given up`() async throws {
        let finding = try await heard(nil, patience: .milliseconds(100))
        #expect(finding.result == .failed && finding.detail.hasSuffix("does not answer"))
    }

    @Test func `no daemon is fine where none is configured, and a warning where one is`() async throws {
        let (empty, _keep) = try machine()
        let findings = await DaemonChecks(machine: empty, configuration: nil, surroundings: Self.person).findings()
        #expect(findings.map(\.result) == [.ok])
        let (configured, _also) = try machine(["etc/tessera/serve.json": #"{"store": {"place": "/none/s", "test": true}}"#])
        let all = await BridgeChecks(machine: configured, surroundings: Self.person, named: nil, now: Self.now).findings()
        #expect(all.first == .ok("configuration", "/etc/tessera/serve.json, for a test store"))
        let daemon = try #require(all.first { $0.check == "daemon" })
        #expect(daemon.result == .warning && daemon.detail == "/run/tessera/bridge.sock is not there: it does not run")
        withExtendedLifetime((_keep, _also)) {}
    }

    @Test func `a socket that is left over, and a folder that others can write, are failures`() async throws {
        let (machine, folder) = try machine(["run/tessera/bridge.sock.lock": "1\n"])
        let server = try OneAnswer(at: folder.path("run/tessera/bridge.sock"), nil)
        server.stop()
        try set(0o777, of: "run/tessera", in: folder)
        try set(0o666, of: "run/tessera/bridge.sock", in: folder)
        let inode = try #require(machine.inode("/run/tessera/bridge.sock.lock"))
        func findings() async -> [String: Finding] {
            let all = await DaemonChecks(machine: machine, configuration: nil, surroundings: Self.person).findings()
            return Dictionary(all.map { ($0.check, $0) }) { first, _ in first }
        }
        var found = await findings()
        #expect(found["daemon"]?.result == .failed && found["daemon"]?.detail.hasSuffix("is left over: nobody listens") == true)
        #expect(found["socket folder"]?.hint == "\"chmod go-w /run/tessera\"")
        #expect(found["daemon socket"]?.result == .warning)
        #expect(found["daemon lock"]?.detail == "/run/tessera/bridge.sock.lock is free")
        try set(0o700, of: "run/tessera", in: folder)
        try set(0o600, of: "run/tessera/bridge.sock", in: folder)
        try FileManager.default.createDirectory(atPath: folder.path("proc/77"), withIntermediateDirectories: true)
        try folder.write(
            "1: POSIX  ADVISORY  WRITE 5 fe:00:\(inode) 0 EOF\n2: FLOCK  ADVISORY  WRITE 77 fe:00:\(inode) 0 EOF\n", to: "proc/locks")
        try folder.write("tessera\n", to: "proc/77/comm")
        found = await findings()
        #expect(found["socket folder"]?.result == .ok && found["daemon socket"]?.result == .ok)
        #expect(found["daemon lock"]?.detail == "/run/tessera/bridge.sock.lock is held by tessera (77)")
    }

    // MARK: The system

    private func system(_ files: [String: String], at now: Date = now, programs: [String]? = nil) async throws -> [String: Finding] {
        let (machine, folder) = try machine(files)
        let findings = await SystemChecks(machine: machine, now: now, programs: programs).findings()
        withExtendedLifetime(folder) {}
        return Dictionary(findings.map { ($0.check, $0) }) { first, _ in first }
    }

    @Test func `a clock that cannot be is a failure, one that is apart a warning`() async throws {
        #expect(try await system([:])["clock"]?.result == .ok)
        #expect(try await system([:], at: Date(timeIntervalSince1970: 0))["clock"]?.result == .failed)
        #expect(try await system([:], at: Date(timeIntervalSince1970: 5_000_000_000))["clock"]?.result == .failed)
        let apart = ["sys/class/rtc/rtc0/since_epoch": "1800000090\n"]
        let clock = try await system(apart)["clock"]
        #expect(clock?.result == .warning && clock?.detail.hasSuffix("the machine's own clock is 90 s ahead") == true)
        #expect(try await system(apart.merging(["etc/adjtime": "0 0 0\n0\nLOCAL\n"]) { $1 })["clock"]?.result == .ok)
        #expect(try await system(["sys/class/rtc/rtc0/since_epoch": "1800000010\n"])["clock"]?.result == .ok)
    }

    @Test func `polkit's rule is missed where the service's user is`() async throws {
        let policy = ["usr/share/polkit-1/actions/org.debian.pcsc-lite.policy": "<policyconfig/>"]
        let user = ["etc/passwd": "root:x:0:0\ntessera:x:999:999\n", "etc/polkit-1/rules.d/49-other.rules": ""]
        #expect(try await system([:])["polkit"]?.result == .ok)
        #expect(try await system(policy)["polkit"]?.result == .ok)
        let missing = try await system(policy.merging(user) { $1 })["polkit"]
        #expect(missing?.result == .warning && missing?.hint == "\"cp udev/polkit/50-tessera.rules /etc/polkit-1/rules.d/\"")
        let whole = policy.merging(user) { $1 }.merging(["etc/polkit-1/rules.d/50-tessera.rules": ""]) { $1 }
        #expect(try await system(whole)["polkit"]?.result == .ok)
    }

    @Test func `pinentry says its flavour, and one that is not there is told`() async throws {
        let real = SystemChecks(
            machine: Machine(patience: .seconds(30)), now: Self.now, programs: ["pinentry-curses", "pinentry-nobodys", "/bin/true"])
        let findings = await real.findings().filter { $0.check == "pinentry" }
        #expect(findings.map(\.result) == [.ok, .warning, .warning])
        #expect(findings[0].detail.hasPrefix("/usr/bin/pinentry-curses: curses "))
        #expect(findings[1].detail == "there is no \"pinentry-nobodys\"")
        #expect(try await system([:])["pinentry"]?.result == .ok)
    }

    // MARK: Configuration and store

    @Test func `what a configuration names is looked at, and each that is wrong has its own line`() async throws {
        let folder = try Folder()
        func openssl(_ arguments: String...) async throws {
            let made = try await ChildProgram.run("openssl", arguments)
            #expect(made.status == 0, "\(made.complaints)")
        }
        for name in ["one", "other"] {
            try await openssl(
                "req", "-x509", "-newkey", "ed25519", "-nodes", "-keyout", folder.path("\(name).key"), "-out", folder.path("\(name).pem"),
                "-days", "3000", "-subj", "/CN=core")
        }
        try await openssl("genpkey", "-algorithm", "x25519", "-out", folder.path("issuer.pem"))
        try folder.write(String(repeating: "5a", count: 32), to: "decoy")
        try folder.write("core verifier 0f1e2d3c4b5a69788796a5b4c3d2e1f00112233445566778899aabbccddeeff0\n", to: "tokens")
        for name in ["one.key", "other.key", "issuer.pem", "decoy", "tokens"] { try set(0o600, of: name, in: folder) }
        func write(key: String) throws {
            try folder.write(
                """
                {"store": {"place": "s.sqlite", "test": true}, "socket": "b.sock", "issuer": {"key": "issuer.pem"}, "decoyKey": "decoy",
                 "roots": ["one.pem"], "loopback": {"listen": "127.0.0.1:1", "tokens": "tokens"},
                 "tls": {"address": "::", "port": 1, "certificate": "one.pem", "key": "\(key)", "clientRoots": "one.pem",
                         "names": {"core": ["verifier"]}}}
                """, to: "serve.json")
        }
        func findings(at now: Date) async -> [String: Finding] {
            let all = await BridgeChecks(
                machine: Machine(patience: .seconds(30)), surroundings: Self.person, named: folder.path("serve.json"), now: now
            ).findings()
            return Dictionary(all.map { ($0.check, $0) }) { first, _ in first }
        }
        try write(key: "one.key")
        var found = await findings(at: Date())
        let named = ["configuration", "issuer key", "decoy key", "roots", "tokens", "TLS key", "TLS certificate", "client root"]
        #expect(named.allSatisfy { found[$0]?.result == .ok }, "\(found)")
        #expect(found["store"]?.detail.hasSuffix("is not there yet: the daemon makes it") == true && found["disk space"] != nil)
        #expect(await findings(at: Date().addingTimeInterval(2_990 * 86_400))["TLS certificate"]?.result == .warning)
        #expect(await findings(at: Date().addingTimeInterval(3_001 * 86_400))["client root"]?.result == .failed)

        try write(key: "other.key")
        try folder.write("no key", to: "issuer.pem")
        try set(0o644, of: "tokens", in: folder)
        try FileManager.default.removeItem(atPath: folder.path("decoy"))
        found = await findings(at: Date())
        for check in ["issuer key", "decoy key", "tokens", "TLS key"] { #expect(found[check]?.result == .failed, "\(check)") }
        #expect(found["tokens"]?.hint == "\"chmod 600 \(folder.path("tokens"))\"")
        #expect(found["TLS key"]?.detail.contains("it is not the key of the certificate") == true)
        try folder.write("{", to: "serve.json")
        #expect(await findings(at: Date())["configuration"]?.result == .failed)
    }

    @Test func `a store is opened to be looked at, and its mark compared`() async throws {
        let folder = try Folder()
        let path = folder.path("s.sqlite")
        let made = try await Program.run("subscriber", "create", "alice", "--store", path, "--test")
        #expect(made.status == 0, "\(made.complaints)")
        func findings(_ test: Bool) async -> [Finding] {
            await StoreChecks(
                machine: Machine(), source: .init(place: path, mark: test ? .test : .production, keys: nil, keysVariable: nil)
            ).findings()
        }
        let fine = await findings(true)
        #expect(fine.prefix(2).map(\.result) == [.ok, .ok] && fine.map(\.check) == ["store", "store journal", "disk space"])
        #expect(await findings(false).first?.detail == "\(path) was made for test, and is configured for production")
        try set(0o640, of: "s.sqlite", in: folder)
        #expect(await findings(true).first?.hint == "\"chmod 600 \(path)\"")
        try folder.write("no database, but longer than twenty bytes", to: "s.sqlite")
        try set(0o600, of: "s.sqlite", in: folder)
        let foreign = await findings(true)
        #expect(foreign.map(\.check) == ["store", "disk space"] && foreign[0].result == .failed)
        #expect(foreign[0].detail == "\(path): this is no store of Tessera: the file is no database")
    }
}

/// A socket that answers each who comes in the same way, or never.
private final class OneAnswer: Sendable {
    private let listener: Int32
    private let isServed: Bool

    init(at path: String, _ answer: String?) throws {
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let isBound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        guard isBound == 0, listen(listener, 4) == 0 else { throw POSIXError(.EADDRINUSE) }
        self.listener = listener
        isServed = answer != nil
        guard let answer else { return }
        Thread.detachNewThread {
            // Closed by whoever accepts: closed elsewhere, its number would soon be another test's.
            defer { close(listener) }
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                var request = [UInt8](repeating: 0, count: 4096)
                _ = read(connection, &request, request.count)
                _ = answer.withCString { send(connection, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
                close(connection)
            }
        }
    }

    /// Nobody listens any more; the socket stays.
    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        if !isServed { close(listener) }
    }
}
