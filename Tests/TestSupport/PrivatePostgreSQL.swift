public import Foundation
import Glibc
import Synchronization

/// A real PostgreSQL server for one test process alone, at a Unix socket in a folder of its own.
///
/// It ends with ``stop()``, with the value, or with the process, however that dies.
public final class PrivatePostgreSQL: Sendable {
    /// The server that the suites of one test process share, started by whoever comes first.
    ///
    /// - Throws: ``PrivatePostgreSQLError``.
    public static var shared: PrivatePostgreSQL { get async throws { try await starting.value } }

    private static let starting = Task { try await start() }

    private struct Life {
        let keeper: Process
        let pipe: FileHandle
    }

    /// Where the socket is; several servers in one folder differ by their port.
    public let folder: URL
    /// Names the socket.
    public let port: Int
    private let data: URL
    private let programs: String
    private let isOwner: Bool
    private let life = Mutex<Life?>(nil)

    private init(folder: URL, port: Int, programs: String, isOwner: Bool) {
        self.folder = folder
        self.port = port
        self.programs = programs
        self.isOwner = isOwner
        data = folder.appending(path: "data-\(port)")
    }

    /// Makes a cluster and starts it.
    ///
    /// - Parameters:
    ///   - settings: lines for `postgresql.conf`.
    ///   - port: names the socket, and is listened at where the settings say so.
    /// - Throws: ``PrivatePostgreSQLError``, when something is not installed or the server is not there in time.
    public static func start(settings: String = "", port: Int = 5432) async throws -> PrivatePostgreSQL {
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []
        guard let version = versions.compactMap({ Int($0) }).max() else {
            throw PrivatePostgreSQLError.notInstalled("/usr/lib/postgresql/*/bin/postgres")
        }
        // Short, because the name of a socket has at most 107 characters.
        let folder = URL(filePath: "/tmp/tessera-pg-\(String(UInt32.random(in: 0...UInt32.max), radix: 16))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let server = PrivatePostgreSQL(
            folder: folder, port: port, programs: "/usr/lib/postgresql/\(version)/bin", isOwner: true)
        if geteuid() == 0 { try await server.run("/bin/chown", ["postgres:", folder.path], asUser: false) }
        try await server.run(
            "\(server.programs)/initdb",
            ["-D", server.data.path, "-U", "tessera", "-A", "trust", "-E", "UTF8", "--locale", "C.UTF-8", "--no-sync"])
        try server.append(
            """
            listen_addresses = ''
            unix_socket_directories = '\(folder.path)'
            max_connections = 300
            shared_buffers = 32MB
            \(settings)

            """)
        try await server.resume()
        return server
    }

    /// Makes a second server that follows this one and has everything before this one acknowledges it.
    ///
    /// - Throws: ``PrivatePostgreSQLError``.
    public func startStandby() async throws -> PrivatePostgreSQL {
        let standby = PrivatePostgreSQL(folder: folder, port: port + 1, programs: programs, isOwner: false)
        try await run(
            "\(programs)/pg_basebackup",
            [
                "-D", standby.data.path, "-R", "-X", "stream", "-c", "fast", "--no-sync", "-d",
                "host=\(folder.path) port=\(port) user=tessera application_name=standby",
            ])
        try standby.append("port = \(standby.port)\nsynchronous_standby_names = ''\n")
        try await standby.resume()
        try await execute("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
        try await execute("SELECT pg_reload_conf()")
        guard
            await eventually({
                (try? await self.execute("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'")) == "1"
            })
        else { throw PrivatePostgreSQLError.notReady(log: standby.log) }
        return standby
    }

    /// Starts the server again after ``stop(_:)`` or ``crash()``.
    ///
    /// - Throws: ``PrivatePostgreSQLError/notReady(log:)``.
    public func resume() async throws {
        // The keeper reads until its pipe is closed: by stop(), or by the kernel when this process is gone. It looks instead of using
        // `wait`, because it inherits that SIGCHLD is blocked.
        let script = """
            setpriv $4 --pdeathsig INT "$1/postgres" -D "$2" -p "$5" </dev/null >>"$3/log-$5" 2>&1 &
            read -r word
            kill -QUIT $! 2>/dev/null
            kill -CONT $! 2>/dev/null
            n=0
            while [ $n -lt 1200 ] && grep -qs 'State:.[^Z]' "/proc/$!/status"; do sleep 0.05; n=$((n + 1)); done
            [ "$word" = keep ] || rm -rf "$3"
            """
        let pipe = Pipe()
        signal(SIGPIPE, SIG_IGN)
        let keeper = Process()
        keeper.executableURL = URL(filePath: "/bin/sh")
        keeper.arguments = ["-c", script, "sh", programs, data.path, folder.path, Self.identity.joined(separator: " "), "\(port)"]
        keeper.currentDirectoryURL = folder
        keeper.standardInput = pipe
        keeper.standardOutput = FileHandle.nullDevice
        keeper.standardError = FileHandle.nullDevice
        try keeper.run()
        life.withLock { $0 = Life(keeper: keeper, pipe: pipe.fileHandleForWriting) }
        guard await eventually({ (try? await self.execute("SELECT 1")) == "1" }) else {
            throw PrivatePostgreSQLError.notReady(log: log)
        }
    }

    /// Stops the server as its owner would, without waiting for clients.
    ///
    /// - Throws: ``PrivatePostgreSQLError``.
    public func stop() async throws {
        try await run("\(programs)/pg_ctl", ["stop", "-D", data.path, "-m", "fast", "-w", "-t", "60"])
        end()
    }

    /// Kills all of its processes at once, as a machine does that loses its power; none is left when this returns.
    public func crash() {
        // Else one that it makes in this moment would live on.
        if let first = processes().first { kill(first, SIGSTOP) }
        let killed = processes()
        for process in killed { kill(process, SIGKILL) }
        // The next life is refused as long as one of them has the memory that they share.
        let limit = ContinuousClock.now + .patient
        while killed.contains(where: Self.isAlive), .now < limit { usleep(10_000) }
        end()
    }

    private static func isAlive(_ process: pid_t) -> Bool {
        guard let text = try? String(contentsOf: URL(filePath: "/proc/\(process)/stat"), encoding: .utf8) else { return false }
        // The state is behind the name, which is in parentheses.
        return text.split(separator: ")").last?.hasPrefix(" Z") == false
    }

    /// Lets none of its processes go on, until ``proceed()``.
    public func pause() { for process in processes() { kill(process, SIGSTOP) } }

    /// Ends ``pause()``.
    public func proceed() { for process in processes() { kill(process, SIGCONT) } }

    /// Lets a standby take over.
    ///
    /// - Throws: ``PrivatePostgreSQLError``.
    public func promote() async throws { try await run("\(programs)/pg_ctl", ["promote", "-D", data.path, "-w", "-t", "60"]) }

    /// Runs a statement with psql.
    ///
    /// - Returns: the values, without titles.
    /// - Throws: ``PrivatePostgreSQLError/failed(_:)``.
    @discardableResult
    public func execute(_ sql: String) async throws -> String {
        let outcome = try await ChildProgram.run(
            "\(programs)/psql",
            ["-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", "-h", folder.path, "-p", "\(port)", "-U", "tessera", "-c", sql, "postgres"])
        guard outcome.status == 0 else { throw PrivatePostgreSQLError.failed(outcome.complaints) }
        return outcome.text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Runs statements in one transaction that then waits for its client in the middle of a command, for so many seconds.
    public func stall(_ sql: String, for seconds: Int) async throws {
        let psql = "'\(programs)/psql' -X -q -h '\(folder.path)' -p \(port) -U tessera"
        let commands = ["BEGIN", sql, "CREATE TEMP TABLE nothing (n int)", "COPY nothing FROM STDIN"].map { "-c '\($0)'" }
        _ = try await ChildProgram.run("sh", ["-c", "sleep \(seconds) | \(psql) \(commands.joined(separator: " ")) postgres"])
    }

    /// The address of a schema, at this server and others.
    public func address(schema: String = newSchema(), others: [PrivatePostgreSQL] = []) -> String {
        let servers = [self] + others
        let hosts = servers.map { _ in folder.path }.joined(separator: ",")
        return
            "postgresql:///postgres?host=\(hosts)&port=\(servers.map { "\($0.port)" }.joined(separator: ","))&user=tessera&schema=\(schema)"
    }

    /// A name that no other test has.
    public static func newSchema() -> String { "s" + UUID().uuidString.lowercased().filter { $0 != "-" } }

    /// What the server wrote last.
    public var log: String { (try? String(contentsOf: folder.appending(path: "log-\(port)"), encoding: .utf8)) ?? "" }

    /// Nobody may run a server as root.
    private static var identity: [String] {
        geteuid() == 0 ? ["--reuid", "postgres", "--regid", "postgres", "--init-groups"] : []
    }

    private func run(_ program: String, _ arguments: [String], asUser: Bool = true) async throws {
        let identity = asUser ? Self.identity : []
        let outcome =
            identity.isEmpty
            ? try await ChildProgram.run(program, arguments)
            : try await ChildProgram.run("setpriv", identity + [program] + arguments)
        guard outcome.status == 0 else { throw PrivatePostgreSQLError.failed(outcome.complaints + outcome.text) }
    }

    private func append(_ settings: String) throws {
        let file = try FileHandle(forWritingTo: data.appending(path: "postgresql.conf"))
        defer { try? file.close() }
        try file.seekToEnd()
        try file.write(contentsOf: Data(settings.utf8))
    }

    /// The server's first process and its children.
    private func processes() -> [pid_t] {
        guard let text = try? String(contentsOf: data.appending(path: "postmaster.pid"), encoding: .utf8),
            let first = text.split(separator: "\n").first.flatMap({ pid_t($0) })
        else { return [] }
        let children = (try? String(contentsOf: URL(filePath: "/proc/\(first)/task/\(first)/children"), encoding: .utf8)) ?? ""
        return [first] + children.split(separator: " ").compactMap { pid_t($0) }
    }

    private func end() {
        guard let life = life.withLock({ $0.take() }) else { return }
        try? life.pipe.write(contentsOf: Data("keep\n".utf8))
        try? life.pipe.close()
        life.keeper.waitUntilExit()
    }

    deinit {
        end()
        if isOwner { try? FileManager.default.removeItem(at: folder) }
    }
}

/// Why there is no private server.
public enum PrivatePostgreSQLError: Error, CustomStringConvertible {
    /// A program of PostgreSQL is missing.
    case notInstalled(String)
    /// One of them failed; what it wrote.
    case failed(String)
    /// The server did not answer in time; what it wrote.
    case notReady(log: String)

    /// One sentence, with the next step.
    public var description: String {
        switch self {
        case .notInstalled(let file): "\(file) is missing: run \"make setup\""
        case .failed(let text): "a program of PostgreSQL failed: \(text)"
        case .notReady(let log): "PostgreSQL did not start; it wrote: \(log)"
        }
    }
}
