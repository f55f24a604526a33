import Foundation

/// Other programs on this machine that may hold a card, and what this one may keep locked in memory.
struct OtherPrograms {
    /// A running program that has libpcsclite loaded.
    struct Program: Equatable {
        let identifier: Int32
        let name: String
    }

    let machine: Machine
    /// This process, which does not count.
    var own = ProcessInfo.processInfo.processIdentifier

    /// Who is there, as far as this user may see; programs of other users hide what they have loaded.
    func programs() -> [Program] {
        machine.names(in: "/proc").compactMap { Int32($0) }.sorted().filter { $0 != own }.compactMap { identifier in
            guard let name = machine.text("/proc/\(identifier)/comm") else { return nil }
            let isKnown = name == "scdaemon"
            let hasLibrary = machine.text("/proc/\(identifier)/maps")?.contains("/libpcsclite") ?? false
            return (isKnown || hasLibrary) && name != "pcscd" ? Program(identifier: identifier, name: name) : nil
        }
    }

    /// How many programs are connected to the daemon's socket at this moment, ours included.
    func connections(to socket: String) -> Int {
        // The state 03 is connected (linux/net.h, SS_CONNECTED); the daemon's end of each connection carries the path.
        (machine.text("/proc/net/unix") ?? "").split(separator: "\n").filter { line in
            let fields = line.split(separator: " ")
            return fields.count >= 8 && fields[5] == "03" && fields.last.map(String.init) == socket
        }.count
    }

    func findings(socket: String) -> [Finding] {
        let others = programs()
        guard !others.isEmpty else {
            let count = connections(to: socket)
            return [
                .ok(
                    "other programs",
                    count == 0
                        ? "none that uses readers, as far as this user may see"
                        : "\(count) \(count == 1 ? "connection" : "connections") to the service, of programs that this user may not see")
            ]
        }
        let names = others.map { "\($0.name) (\($0.identifier))" }.joined(separator: ", ")
        let hint =
            others.contains { $0.name == "scdaemon" }
            ? "if the card is held: \"gpgconf --kill scdaemon\", or close the others" : "only if the card is held: close them"
        return [.warning("other programs", "\(names): may use readers, too", hint: hint)]
    }

    /// How much memory may be locked, where PINs are kept.
    static func lockedMemory(limit: UInt64 = currentLimit) -> Finding {
        let check = "locked memory"
        // A PIN lives on one page; a few of them are there at once.
        guard limit >= 16 * 4096 else {
            return .warning(
                check, "\(limit / 1024) KiB: a PIN may be written to the swap space",
                hint: "raise it: \"ulimit -l 64\", or LimitMEMLOCK= of the unit")
        }
        return .ok(check, limit == UInt64(bitPattern: -1) ? "no limit" : "\(limit / 1024) KiB")
    }

    private static var currentLimit: UInt64 {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(__RLIMIT_MEMLOCK.rawValue), &limit) == 0 else { return 0 }
        return UInt64(limit.rlim_cur)
    }
}
