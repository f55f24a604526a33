import CPCSC
import Glibc

/// Which processes are connected to the PC/SC service that this one is connected to.
///
/// The service itself does not say who holds a card. The kernel says which sockets belong together (`sock_diag(7)`), and
/// `/proc/PID/fd` whose they are: of other people's processes that is seen by root only.
struct ServiceClients {
    /// A process that is not this one.
    struct Client: Hashable {
        let process: pid_t
        /// The name of its executable, or what it calls itself.
        let name: String
        /// Whether it is a Tessera with a card in its hands, which its threads' names say.
        let holdsCard: Bool
    }

    /// In the order of their numbers.
    let clients: [Client]

    /// One connection in the kernel's eyes; the two ends point to each other.
    struct Connection {
        let inode: UInt32
        let peer: UInt32
        /// The file at which the service's end listened: inode and device; zeros at the client's end.
        let file: [UInt32]
    }

    /// Looks, for as long as `limit` and a little; finds nothing when it must not see, or is too slow.
    static func find(within limit: Duration) -> ServiceClients {
        let end = ContinuousClock.now + limit
        let others = otherEnds(among: connections(within: limit), of: sockets(of: "self"))
        guard !others.isEmpty else { return ServiceClients(clients: []) }
        var clients: [Client] = []
        let own = getpid()
        for process in names(in: "/proc").compactMap({ pid_t($0) }).sorted() where process != own {
            guard ContinuousClock.now < end else { break }
            guard !others.isDisjoint(with: sockets(of: "\(process)")) else { continue }
            clients.append(Client(process: process, name: name(of: process), holdsCard: holdsCard(process)))
        }
        return ServiceClients(clients: clients)
    }

    /// The clients' ends of all connections to the services that one of `own` is connected to through a file.
    static func otherEnds(among connections: [Connection], of own: Set<UInt32>) -> Set<UInt32> {
        let files = Set(connections.filter { own.contains($0.peer) && $0.file != [0, 0] }.map(\.file))
        return Set(connections.filter { files.contains($0.file) }.map(\.peer)).subtracting(own)
    }

    private static func connections(within limit: Duration) -> [Connection] {
        let empty = cpcsc_unix_socket()
        let capacity = 16_384
        let milliseconds = Int32(max(1, min(limit / .milliseconds(1), 1000)))
        let found = unsafe [cpcsc_unix_socket](unsafeUninitializedCapacity: capacity) { buffer, count in
            unsafe buffer.initialize(repeating: empty)
            count = unsafe Int(max(0, cpcsc_unix_sockets(buffer.baseAddress, Int32(capacity), milliseconds)))
        }
        return found.map { Connection(inode: $0.inode, peer: $0.peer, file: [$0.file_inode, $0.file_device]) }
    }

    /// The inodes of a process's sockets: `/proc/PID/fd/N` points to `socket:[INODE]`.
    private static func sockets(of process: String) -> Set<UInt32> {
        let folder = "/proc/\(process)/fd"
        return Set(
            names(in: folder).compactMap { name in
                guard let target = target(of: "\(folder)/\(name)"), target.hasPrefix("socket:[") else { return nil }
                return UInt32(target.dropFirst("socket:[".count).dropLast())
            })
    }

    private static func name(of process: pid_t) -> String {
        let executable = target(of: "/proc/\(process)/exe")?.split(separator: "/").last.map(String.init)
        return executable ?? line(of: "/proc/\(process)/comm") ?? "process"
    }

    private static func holdsCard(_ process: pid_t) -> Bool {
        names(in: "/proc/\(process)/task").contains { line(of: "/proc/\(process)/task/\($0)/comm") == BlockingThread.holdingName }
    }
}

extension ServiceClients: CustomStringConvertible {
    /// Who is likely to hold a card, for the detail of an error.
    var description: String {
        let holders = clients.filter(\.holdsCard)
        if !holders.isEmpty { return "Tessera holds it: " + Self.list(holders) }
        if !clients.isEmpty { return "connected to the service: " + Self.list(clients) }
        return "which one cannot be seen from here"
    }

    /// At most five, so that the sentence can be read.
    private static func list(_ clients: [Client]) -> String {
        let named = clients.prefix(5).map { "\($0.name), process \($0.process)" }.joined(separator: "; ")
        return clients.count > 5 ? named + "; and \(clients.count - 5) more" : named
    }
}

// The few looks into /proc; whatever is not there, or not for us, is empty.
extension ServiceClients {
    private static func names(in folder: String) -> [String] {
        guard let stream = unsafe opendir(folder) else { return [] }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    private static func target(of link: String) -> String? {
        var text = [CChar](repeating: 0, count: 4096)
        let count = unsafe readlink(link, &text, text.count)
        let bytes = text.prefix(max(0, count)).map(UInt8.init(bitPattern:))
        return count > 0 ? String(decoding: bytes, as: UTF8.self) : nil
    }

    /// The first line of a short file.
    private static func line(of file: String) -> String? {
        let descriptor = unsafe open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
        return count > 0 ? String(decoding: bytes.prefix(count).prefix { $0 != 0x0A }, as: UTF8.self) : nil
    }
}
