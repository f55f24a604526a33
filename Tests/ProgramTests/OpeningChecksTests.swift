import Foundation
import TestSupport
import Testing
import Verification

@testable import tessera

/// What `tessera serve --check` tries: all that is wrong is in one list, and nothing is changed.
@Suite(.timeLimit(.minutes(10))) struct OpeningChecksTests {
    private struct Report: Decodable {
        struct Check: Decodable {
            let check: String
            let result: String
            let detail: String
            let hint: String?
        }

        let checks: [Check]

        subscript(_ name: String) -> Check? { checks.first { $0.check == name } }
    }

    /// A folder for one daemon, which nobody else can write.
    private func folder() throws -> Folder {
        let folder = try Folder()
        chmod(folder.url.path, 0o700)
        return folder
    }

    private func check(_ options: [String]) async throws -> (status: Int32, report: Report) {
        let outcome = try await Program.run(["serve", "--check", "--json"] + options, environment: ["XDG_CONFIG_HOME": "/nonexistent"])
        return (outcome.status, try outcome.json())
    }

    private func options(_ folder: Folder, keys: String? = nil) -> [String] {
        ["--store", folder.path("s.sqlite"), "--test", "--socket", folder.path("b.sock"), "--pinentry", "/usr/bin/pinentry-curses"]
            + (keys.map { ["--keys", folder.path($0)] } ?? [])
    }

    @Test func `what can be opened is fine, and is not made`() async throws {
        let folder = try folder()
        let (status, report) = try await check(options(folder) + ["--emulators-socket", folder.path("new/e.sock")])
        #expect(status == 0, "\(report.checks)")
        #expect(report.checks.allSatisfy { $0.result == "ok" || $0.check == "disk space" }, "\(report.checks)")
        #expect(report["store"]?.detail == "\(folder.path("s.sqlite")) is not there yet: the daemon makes it")
        #expect(report["socket"]?.detail == "\(folder.path("b.sock")) can be made")
        #expect(report["pinentry"]?.detail.contains("curses") == true)
        #expect(try folder.names == [])
    }

    @Test func `a store behind a link that leads to itself is none`() async throws {
        let folder = try folder()
        try FileManager.default.createSymbolicLink(atPath: folder.path("s.sqlite"), withDestinationPath: folder.path("s.sqlite"))
        let (status, report) = try await check(options(folder))
        #expect(status == 3 && report["store"]?.result == "failed", "\(report.checks)")
        #expect(report["store"]?.detail.contains("is not a file") == true, "\(report.checks)")
    }

    @Test func `a store that is named from here is looked at here`() async throws {
        let folder = try folder()
        try folder.write(String(repeating: "no store at all", count: 20), to: "s.sqlite")
        let here = FileManager.default.currentDirectoryPath.split(separator: "/").map { _ in ".." }.joined(separator: "/")
        let (status, report) = try await check(
            ["--store", here + folder.path("s.sqlite"), "--test", "--socket", folder.path("b.sock")])
        #expect(status == 3 && report["store"]?.result == "failed", "\(report.checks)")
    }

    @Test func `the store is opened with its keys and left as it is`() async throws {
        let folder = try folder()
        for name in ["keys", "others"] {
            let made = try await Program.run("verify", "new-key", folder.path(name))
            #expect(made.status == 0, "\(made.complaints)")
        }
        let path = folder.path("s.sqlite")
        let made = try await Program.run("subscriber", "create", "alice", "--store", path, "--test", "--keys", folder.path("keys"))
        #expect(made.status == 0, "\(made.complaints)")
        let before = try folder.read("s.sqlite")
        let fine = try await check(options(folder, keys: "keys"))
        #expect(fine.status == 0)
        #expect(fine.report["store"]?.detail == "\(path) opens, for test, its tables are this program's")
        let other = try await check(options(folder, keys: "others"))
        #expect(other.status == 3 && other.report["store"]?.detail.contains("is sealed under the key") == true)
        let none = try await check(options(folder))
        #expect(none.status == 3 && none.report["store"]?.hint?.hasPrefix("name the file of its keys") == true)
        #expect(try folder.read("s.sqlite") == before)
    }

    @Test func `all that is wrong is in one list`() async throws {
        let folder = try folder()
        try folder.write("notes of somebody, and no database at all, but long enough", to: "s.sqlite")
        try folder.write("no program", to: "pinentry")
        try folder.write("no key", to: "issuer.pem")
        for name in ["s.sqlite", "pinentry", "issuer.pem"] { chmod(folder.path(name), 0o600) }
        try FileManager.default.createDirectory(atPath: folder.path("open"), withIntermediateDirectories: false)
        chmod(folder.path("open"), 0o777)
        // Somebody else's listener.
        let other = try TakenPort()
        defer { other.free() }
        try folder.write(
            """
            {"store": {"place": "s.sqlite", "test": true}, "socket": "open/b.sock", "pinEntry": ["pinentry:\(folder.path("pinentry"))"],
             "issuer": {"key": "issuer.pem"}, "roots": ["none.pem"], "log": {"level": "loud"}, "sokcet": "x",
             "loopback": {"listen": "127.0.0.1:\(other.port)", "tokens": "none"}}
            """, to: "serve.json")
        let (status, report) = try await check(["--configuration", folder.path("serve.json")])
        #expect(status == 2)
        let failed = Set(report.checks.filter { $0.result == "failed" }.map(\.check))
        #expect(failed == ["configuration", "issuer key", "roots", "root", "tokens", "store", "pinentry", "socket", "loopback port"])
        #expect(report.checks.count { $0.check == "configuration" } == 2)
        #expect(report["store"]?.detail == "\(folder.path("s.sqlite")): this is no store of Tessera: the file is no database")
        #expect(report["pinentry"]?.detail == "\(folder.path("pinentry")) cannot be run by this user")
        #expect(report["socket"]?.detail.contains("others can write into it") == true)
        #expect(report["loopback port"]?.detail.contains("cannot listen at 127.0.0.1:\(other.port)") == true)
        #expect(report.checks.allSatisfy { $0.result == "ok" || $0.hint != nil })
        #expect(try folder.names == ["issuer.pem", "open", "pinentry", "s.sqlite", "serve.json"])
        // Without --check the configuration's own faults come all at once, too, and nothing is served.
        let served = try await Program.run("serve", "--configuration", folder.path("serve.json"))
        #expect(served.status == 2 && served.complaints.ranges(of: "tessera: error: \(folder.path("serve.json")): ").count == 2)
    }

    @Test func `the folder of the service's store comes with its first start`() async throws {
        let folder = try folder()
        try FileManager.default.createDirectory(atPath: folder.path("var/lib"), withIntermediateDirectories: true)
        let place = "/var/lib/tessera/store.sqlite"
        try folder.write(#"{"store": {"place": "\#(place)", "test": true}, "pinEntry": ["pinpad"]}"#, to: "serve.json")
        let machine = Machine(root: folder.url)
        func store(of file: String) async throws -> Finding? {
            let draft = ServeConfiguration.draft(
                try .none(), try .read(folder.path("serve.json")), named: file, in: Surroundings.present.serving(file))
            return await OpeningChecks(machine: machine, configuration: draft.configuration, now: Date()).findings()
                .first { $0.check == "store" }
        }
        let made = Finding.ok("store", "\(place) is not there yet; systemd makes the folder")
        #expect(try await store(of: Surroundings.serviceFile) == made)
        // For nobody else, and once it is there it is looked at like any other.
        #expect(try await store(of: "/home/person/serve.json") != made)
        try FileManager.default.createDirectory(atPath: folder.path("var/lib/tessera"), withIntermediateDirectories: false)
        #expect(try await store(of: Surroundings.serviceFile) == .ok("store", "\(place) is not there yet: the daemon makes it"))
    }

    @Test func `a daemon that runs already is a warning`() async throws {
        let folder = try folder()
        let daemon = try await RunningDaemon(in: folder)
        let arguments = RunningDaemon.arguments(in: folder).dropFirst() + ["--pinentry", "/usr/bin/pinentry-curses"]
        let (status, report) = try await check(Array(arguments))
        #expect(status == 0 && report["socket"]?.result == "warning" && report["emulators' socket"]?.result == "warning")
        #expect(report["socket"]?.detail.contains("process \(daemon.program.identifier) already serves") == true)
        try await daemon.stop()
    }
}

/// A port of 127.0.0.1 at which somebody listens.
private struct TakenPort {
    let port: Int
    private let listener: Int32

    init() throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let (listener, length) = (listener, size)
        let isTaken = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 1) == 0 && getsockname(listener, $0, &size) == 0
            }
        }
        guard isTaken else { throw POSIXError(.EADDRINUSE) }
        port = Int(in_port_t(bigEndian: address.sin_port))
    }

    func free() { close(listener) }
}
