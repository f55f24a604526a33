import Foundation

/// A pcscd of this run's own, with two slots of vpcd for cards: nobody else's programs disturb the figures.
///
/// It runs in a mount namespace (as root), and ends with the value or with the process.
final class PrivateService {
    /// The names of its slots in PC/SC.
    let readers = ["Benchmark 00 00", "Benchmark 00 01"]
    /// Where vpcd waits for the card of the first slot; the second one's is the next port.
    let port = UInt16.random(in: 10_000..<32_000)
    private let folder = FileManager.default.temporaryDirectory.appending(path: "tessera-bench-\(UUID().uuidString)")
    private let keeper = Process()
    private let pipe = Pipe()

    /// A service whose readers are there.
    init() throws {
        let socket = folder.appending(path: "run/pcscd.comm").path
        for name in ["run", "readers"] {
            try FileManager.default.createDirectory(at: folder.appending(path: name), withIntermediateDirectories: true)
        }
        let number = "0x" + String(port, radix: 16)
        let stanza = """
            FRIENDLYNAME "Benchmark"
            DEVICENAME /dev/null:\(number)
            LIBPATH /usr/lib/pcsc/drivers/serial/libifdvpcd.so
            CHANNELID \(number)

            """
        try Data(stanza.utf8).write(to: folder.appending(path: "readers/vpcd"))
        // The keeper reads until its pipe is closed: by us, or by the kernel when this process is gone.
        let script = """
            mount -t tmpfs none /run && mkdir /run/pcscd && mount --bind "$1/run" /run/pcscd || exit 1
            setpriv --pdeathsig KILL /usr/sbin/pcscd -f -c "$1/readers" </dev/null >/dev/null 2>&1 &
            read -r word
            kill -KILL $!
            wait
            """
        keeper.executableURL = URL(filePath: "/usr/bin/unshare")
        keeper.arguments = ["-m", "sh", "-c", script, "sh", folder.path]
        keeper.standardInput = pipe
        try keeper.run()
        unsafe setenv("PCSCLITE_CSOCK_NAME", socket, 1)
        let end = Date(timeIntervalSinceNow: 30)
        while !FileManager.default.fileExists(atPath: socket) {
            guard keeper.isRunning, Date() < end else { throw BenchmarkError("pcscd did not start: it needs root, pcscd and vpcd") }
            Thread.sleep(forTimeInterval: 0.05)
        }
    }

    deinit {
        try? pipe.fileHandleForWriting.close()
        keeper.waitUntilExit()
        try? FileManager.default.removeItem(at: folder)
    }
}
