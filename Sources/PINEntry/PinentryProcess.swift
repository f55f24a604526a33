import CLinux
import DeviceProtocol
import Foundation
import Glibc
import Secrets

/// A pinentry program that runs for one question, and the two pipes to it.
///
/// It is told to end when this value goes, and ended when it does not: nothing stays on the screen.
struct PinentryProcess: ~Copyable {
    private let process: pid_t
    private let commands: Int32
    private let answers: Int32

    private init(process: pid_t, commands: Int32, answers: Int32) {
        self.process = process
        self.commands = commands
        self.answers = answers
    }

    /// What a pinentry needs to find its screen, the person's language, and programs of its own; a name ends with "=".
    private static let needed = [
        "PATH=", "HOME=", "TMPDIR=", "TERM=", "LANG=", "LANGUAGE=", "LC_", "TZ=", "DISPLAY=", "WAYLAND_DISPLAY=", "XAUTHORITY=",
        "XDG_RUNTIME_DIR=", "XDG_SESSION_TYPE=", "XDG_CURRENT_DESKTOP=", "XDG_CONFIG_HOME=", "XDG_DATA_DIRS=", "DBUS_", "GPG_TTY=",
        "PINENTRY_USER_DATA=",
    ]

    /// What of this process's environment goes along, in the place where it is: keys that are among it are not even copied.
    private static func environment() -> [UnsafeMutablePointer<CChar>?] {
        var kept: [UnsafeMutablePointer<CChar>?] = unsafe []
        var place: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = unsafe environ
        while let here = unsafe place, let entry = unsafe here.pointee {
            if needed.contains(where: { unsafe strncmp(entry, $0, $0.utf8.count) == 0 }) { unsafe kept.append(entry) }
            unsafe place = here + 1
        }
        return unsafe kept + [nil]
    }

    /// Starts `program`, a path or a name in `PATH`, with what it needs of this process's environment.
    ///
    /// - Throws: `unavailable` when there is no such program.
    static func starting(_ program: String) throws(HolderError) -> PinentryProcess {
        let toProgram = try pipe()
        let fromProgram: (reader: Int32, writer: Int32)
        do { fromProgram = try pipe() } catch {
            close(toProgram.reader)
            close(toProgram.writer)
            throw error
        }
        defer {
            close(toProgram.reader)
            close(fromProgram.writer)
        }
        var actions = unsafe posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        unsafe posix_spawn_file_actions_init(&actions)
        unsafe posix_spawnattr_init(&attributes)
        defer {
            unsafe posix_spawn_file_actions_destroy(&actions)
            unsafe posix_spawnattr_destroy(&attributes)
        }
        unsafe posix_spawn_file_actions_adddup2(&actions, toProgram.reader, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, fromProgram.writer, 1)
        // Signals that this process blocks would be blocked there, too, and it could not be told to end.
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var process: pid_t = 0
        var environment = unsafe environment()
        let result = unsafe program.withCString { name in
            var arguments = unsafe [UnsafeMutablePointer(mutating: name), nil]
            return unsafe posix_spawnp(&process, name, &actions, &attributes, &arguments, &environment)
        }
        guard result == 0 else {
            close(toProgram.writer)
            close(fromProgram.reader)
            throw .unavailable
        }
        return PinentryProcess(process: process, commands: toProgram.writer, answers: fromProgram.reader)
    }

    /// A pipe whose ends other children do not get.
    private static func pipe() throws(HolderError) -> (reader: Int32, writer: Int32) {
        var ends: [Int32] = [-1, -1]
        guard unsafe linux_pipe(&ends) == 0 else { throw .unavailable }
        return (ends[0], ends[1])
    }

    /// Sends one line; what it holds is no secret.
    ///
    /// - Throws: `unavailable` when the program is gone.
    func send(_ line: [UInt8]) throws(HolderError) {
        // A line is shorter than a pipe's PIPE_BUF, and each one is answered before the next: it goes whole, or not at all.
        guard unsafe line.withUnsafeBytes({ unsafe Self.write(commands, $0) }) == line.count else { throw .unavailable }
    }

    /// The next line of an answer, read onto a page of its own.
    ///
    /// - Throws: `timedOut`, `cancelled`, and `unavailable` when the program is gone.
    func line(within limit: Duration) async throws(HolderError) -> SecretBytes {
        try await LineInput(descriptor: answers).line(echo: true, within: limit)
    }

    deinit {
        close(commands)
        close(answers)
        // Without its input it ends by itself, unless it is asking. curses puts the screen back when it is told to end.
        kill(process, SIGTERM)
        let process = process
        Thread.detachNewThread { Self.reap(process) }
    }

    /// Waits until the program has gone; whoever does not go within two seconds is ended.
    private static func reap(_ process: pid_t) {
        for _ in 0..<100 {
            var status: Int32 = 0
            let result = unsafe waitpid(process, &status, WNOHANG)
            if result == process || result < 0 && errno != EINTR { return }
            usleep(20_000)
        }
        kill(process, SIGKILL)
        var status: Int32 = 0
        while unsafe waitpid(process, &status, 0) < 0, errno == EINTR {}
    }

    /// Writes to a pipe whose reader may be gone, without the signal that would end this process.
    private static func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        var (pipeSignal, former) = (sigset_t(), sigset_t())
        unsafe sigemptyset(&pipeSignal)
        unsafe sigaddset(&pipeSignal, SIGPIPE)
        unsafe pthread_sigmask(SIG_BLOCK, &pipeSignal, &former)
        defer { unsafe _ = pthread_sigmask(SIG_SETMASK, &former, nil) }
        let count = unsafe Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        if count < 0, errno == EPIPE {
            var now = timespec()
            while unsafe sigtimedwait(&pipeSignal, nil, &now) < 0, errno == EINTR {}
        }
        return count
    }
}
