import Foundation

/// A PostgreSQL server of this run's own, as Debian configures one: every commit is synchronised with the disk.
///
/// It ends with the process, however that dies.
final class PrivateServer: Sendable {
    private static let starting = Task { try PrivateServer() }

    /// Where its socket is.
    let folder: String
    private let keeper = Process()
    private let pipe = Pipe()

    /// The one server, started by whoever comes first.
    static func shared() async throws -> PrivateServer { try await starting.value }

    /// The address of a schema that nobody has used.
    func newAddress() -> String {
        let schema = "s" + UUID().uuidString.lowercased().filter { $0 != "-" }
        return "postgresql:///postgres?host=\(folder)&user=tessera&schema=\(schema)"
    }

    private init() throws {
        let root = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
        folder = "\(root)/tessera-pg-\(String(UInt32.random(in: 0 ... .max), radix: 16))"
        // The keeper reads until its pipe is closed: by us, or by the kernel when this process is gone. Nobody may run a server as root.
        let script = """
            programs=$(ls -d /usr/lib/postgresql/*/bin | tail -n 1)
            as=""
            mkdir -m 700 "$1" || exit 1
            if [ "$(id -u)" = 0 ]; then as="setpriv --reuid postgres --regid postgres --init-groups"; chown postgres: "$1"; fi
            cd "$1"
            $as "$programs/initdb" -D "$1/data" -U tessera -A trust -E UTF8 --locale C.UTF-8 >"$1/log" 2>&1 || exit 1
            $as "$programs/postgres" -D "$1/data" -k "$1" -c listen_addresses= -c max_connections=100 </dev/null >>"$1/log" 2>&1 &
            read -r word
            kill -INT $!
            wait
            rm -rf "$1"
            """
        keeper.executableURL = URL(filePath: "/bin/sh")
        keeper.arguments = ["-c", script, "sh", folder]
        keeper.standardInput = pipe
        try keeper.run()
        let end = Date(timeIntervalSinceNow: 60)
        while !FileManager.default.fileExists(atPath: "\(folder)/.s.PGSQL.5432") {
            guard keeper.isRunning, Date() < end else {
                throw BenchmarkError("PostgreSQL did not start; it needs the package postgresql, and its log is \(folder)/log")
            }
            Thread.sleep(forTimeInterval: 0.05)
        }
    }
}
