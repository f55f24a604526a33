import Foundation
public import ISO7816
public import PCSC
import Synchronization

/// A real pcscd with virtual readers, for one test process alone.
///
/// It runs in a mount namespace, so it meets neither the machine's own pcscd nor another test's; the card side connects
/// over loopback. It ends with ``stop()``, with the value, or with the process, however that dies.
///
/// The C library reads `PCSCLITE_CSOCK_NAME` once: one daemon a process. Tests that stop theirs run as exit tests.
public final class PrivatePCSCD: Sendable {
    /// A place for one card.
    public struct Slot: Hashable, Sendable {
        /// The reader's name in PC/SC.
        public let reader: String
        /// The TCP port of 127.0.0.1 at which vpcd waits for the card.
        public let port: UInt16
    }

    /// The daemon that the suites of one test process share, started by whoever comes first.
    ///
    /// - Throws: ``PrivatePCSCDError``.
    public static var shared: PrivatePCSCD { get async throws { try await starting.value } }

    private static let starting = Task { try await start() }

    /// All slots.
    public let slots: [Slot]
    /// The socket at which clients find the daemon.
    public let socket: String
    private let isForThisProcess: Bool
    private let folder: URL
    private let life = Mutex<Life?>(nil)
    private let leased = Mutex<Set<Slot>>([])

    private struct Life {
        let keeper: Process
        let pipe: FileHandle
    }

    private static let daemon = "/usr/sbin/pcscd"
    private static let driver = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"

    private init(folder: URL, slots: [Slot], isForThisProcess: Bool) {
        self.folder = folder
        self.slots = slots
        self.isForThisProcess = isForThisProcess
        socket = folder.appending(path: "run/pcscd.comm").path
    }

    /// Starts a daemon and points this process, and the programs that it runs, to it.
    ///
    /// - Parameters:
    ///   - readers: the number of readers, of two slots each, 0 to 8.
    ///   - others: more readers, as `reader.conf(5)` describes them.
    ///   - isForThisProcess: whether this process is pointed to it; without, it is for those who name its socket.
    /// - Throws: ``PrivatePCSCDError``, when something is not installed or the daemon is not there in time.
    public static func start(readers: Int = 3, others: String = "", isForThisProcess: Bool = true) async throws -> PrivatePCSCD {
        for file in [daemon, driver] where !FileManager.default.fileExists(atPath: file) { throw PrivatePCSCDError.notInstalled(file) }
        let folder = FileManager.default.temporaryDirectory.appending(path: "tessera-pcscd-\(UInt32.random(in: 0...UInt32.max))")
        for name in ["run", "readers"] {
            try FileManager.default.createDirectory(at: folder.appending(path: name), withIntermediateDirectories: true)
        }
        let base = try FreePorts.first(of: readers * 2)
        var slots: [Slot] = []
        var configuration = others
        for index in 0..<readers {
            // vpcd keeps its sockets in static variables: each reader needs a copy of the library.
            let library = folder.appending(path: "vpcd\(index).so")
            try Data(contentsOf: URL(filePath: driver)).write(to: library)
            let port = base + UInt16(index * 2)
            let number = "0x" + String(port, radix: 16)
            configuration += """
                FRIENDLYNAME "Tessera \(index)"
                DEVICENAME /dev/null:\(number)
                LIBPATH \(library.path)
                CHANNELID \(number)

                """
            slots.append(Slot(reader: "Tessera \(index) 00 00", port: port))
            slots.append(Slot(reader: "Tessera \(index) 00 01", port: port + 1))
        }
        try Data(configuration.utf8).write(to: folder.appending(path: "readers/vpcd"))
        let service = PrivatePCSCD(folder: folder, slots: slots, isForThisProcess: isForThisProcess)
        if isForThisProcess { setenv("PCSCLITE_CSOCK_NAME", service.socket, 1) }
        try await service.resume()
        return service
    }

    /// Starts the daemon again after ``stop()``, with the same readers.
    ///
    /// - Throws: ``PrivatePCSCDError/notReady(log:)``.
    public func resume() async throws {
        for name in ["pcscd.comm", "pcscd.pid"] { try? FileManager.default.removeItem(at: folder.appending(path: "run/\(name)")) }
        // The keeper reads until its pipe is closed: by stop(), or by the kernel when this process is gone.
        let script = """
            mount -t tmpfs none /run && mkdir /run/pcscd && mount --bind "$1/run" /run/pcscd || exit 1
            setpriv --pdeathsig KILL "$2" -f -c "$1/readers" </dev/null >"$1/log" 2>&1 &
            read -r word
            kill -KILL $!
            wait
            [ "$word" = keep ] || rm -rf "$1"
            """
        let pipe = Pipe()
        // A keeper that has died must not take this process with it when it is written to.
        signal(SIGPIPE, SIG_IGN)
        let keeper = Process()
        keeper.executableURL = URL(filePath: "/usr/bin/unshare")
        keeper.arguments = ["-m", "sh", "-c", script, "sh", folder.path, Self.daemon]
        keeper.standardInput = pipe
        keeper.standardOutput = FileHandle.nullDevice
        keeper.standardError = FileHandle.nullDevice
        try keeper.run()
        life.withLock { $0 = Life(keeper: keeper, pipe: pipe.fileHandleForWriting) }
        // The service listens only after its readers have been made.
        guard await eventually({ UnixSocket.accepts(self.socket) }) else {
            let log = (try? String(contentsOf: folder.appending(path: "log"), encoding: .utf8)) ?? ""
            stop()
            throw PrivatePCSCDError.notReady(log: log)
        }
    }

    /// Kills the daemon as a crash would; ``resume()`` brings it back.
    public func stop() {
        guard let life = life.withLock({ $0.take() }) else { return }
        try? life.pipe.write(contentsOf: Data("keep\n".utf8))
        try? life.pipe.close()
        life.keeper.waitUntilExit()
    }

    /// Lends a slot that no other test uses meanwhile, once the card of whoever had it before is gone for the service, too.
    ///
    /// Otherwise the next card passes for the former one: its ATR is not read, and it is not powered.
    ///
    /// - Throws: ``PrivatePCSCDError/noSlot``, and what `body` throws.
    public func withSlot<R: Sendable>(_ body: (Slot) async throws -> R) async throws -> R {
        var mine: Slot?
        _ = await eventually {
            self.leased.withLock { leased in
                mine = self.slots.first { !leased.contains($0) }
                if let mine { leased.insert(mine) }
            }
            return mine != nil
        }
        guard let mine else { throw PrivatePCSCDError.noSlot }
        defer { _ = leased.withLock { $0.remove(mine) } }
        guard await shows(.empty, in: mine) else { throw PrivatePCSCDError.noSlot }
        return try await body(mine)
    }

    /// Waits until the service shows this in a slot; a service that this process is not pointed to cannot be asked.
    public func shows(_ content: CardSlot.Content, in slot: Slot) async -> Bool {
        guard isForThisProcess else { return true }
        return await eventually {
            guard let slots = try? await PCSCReaders.patient.slots() else { return false }
            return slots.contains { $0.reader == slot.reader && $0.content == content }
        }
    }

    /// Waits until the service has powered this card in a slot.
    public func shows(cardWith atr: ATR, in slot: Slot) async -> Bool { await shows(.card(atr, exclusive: false), in: slot) }

    deinit {
        stop()
        try? FileManager.default.removeItem(at: folder)
    }
}

extension PCSCReaders {
    /// Readers with deadlines that no loaded machine misses.
    public static let patient = PCSCReaders(
        deadlines: PCSCDeadlines(connect: .seconds(60), beginTransaction: .seconds(60), transmit: .seconds(60), status: .seconds(60)))
}

/// Why there is no private pcscd.
public enum PrivatePCSCDError: Error, CustomStringConvertible {
    /// A file of pcscd or vpcd is missing.
    case notInstalled(String)
    /// The daemon did not listen in time; what it wrote.
    case notReady(log: String)
    /// All slots stayed taken.
    case noSlot

    /// One sentence, with the next step.
    public var description: String {
        switch self {
        case .notInstalled(let file): "\(file) is missing: run \"make setup\""
        case .notReady(let log): "pcscd did not start (needs root, or a user namespace); it wrote: \(log)"
        case .noSlot: "no free slot: a test has kept one too long"
        }
    }
}
