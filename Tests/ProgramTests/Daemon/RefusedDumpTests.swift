import Foundation
import TestSupport
import Testing

/// What another program of the same user sees of the daemon's memory: nothing.
@Suite(.timeLimit(.minutes(5)), .enabled(if: getuid() == 0, "only root can become another user")) struct RefusedDumpTests {
    private static let nobody = ["--reuid", "nobody", "--regid", "nogroup", "--clear-groups"]

    /// Whether the daemon's own user can look into a process (ptrace(2), PTRACE_MODE_READ).
    private func seesInto(_ process: Int32) async throws -> Bool {
        let outcome = try await ChildProgram.run(
            "setpriv", Self.nobody + ["sh", "-c", "head -c 1 /proc/\(process)/environ && head -c 1 /proc/\(process)/maps"])
        return outcome.status == 0 && !outcome.output.isEmpty
    }

    @Test func `no core is written, and the same user can neither read nor trace it`() async throws {
        let folder = try Folder()
        try FileManager.default.setAttributes([.ownerAccountName: "nobody", .posixPermissions: 0o700], ofItemAtPath: folder.url.path)
        let words = (["setpriv"] + Self.nobody + [Program.path] + RunningDaemon.arguments(in: folder)).map { "'\($0)'" }
        let daemon = try RunningProgram.shell("exec \(words.joined(separator: " "))")
        #expect(await daemon.says("[tessera] listening"), "\(daemon.errors)")
        let limits = try String(contentsOfFile: "/proc/\(daemon.identifier)/limits", encoding: .utf8)
        let core = limits.split(separator: "\n").first { $0.hasPrefix("Max core file size") }?.split(separator: " ").suffix(3)
        #expect(core.map(Array.init) == ["0", "0", "bytes"])
        #expect(try await seesInto(daemon.identifier) == false)
        let gcore = try await ChildProgram.run(
            "setpriv", Self.nobody + ["dd", "if=/proc/\(daemon.identifier)/mem", "of=/dev/null", "bs=1", "count=1"])
        #expect(gcore.status != 0 && gcore.complaints.contains("Permission denied"), "\(gcore.complaints)")

        // A program that does not refuse is seen into: it is the daemon that refuses, not the machine.
        let other = try RunningProgram.shell("exec setpriv \(Self.nobody.joined(separator: " ")) sleep 300")
        #expect(try await eventually { try await seesInto(other.identifier) })
        other.send(SIGKILL)
        daemon.send(SIGTERM)
        _ = try await daemon.end()
    }
}
