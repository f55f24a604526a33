import Foundation

/// `tessera serve` as its clients find it: socket, folder, lock, and whether it answers.
struct DaemonChecks {
    /// The version of the protocol that this program speaks.
    static let version = "1"
    /// Where a service's socket is, when nobody says where.
    static let usualSocket = "/run/tessera/bridge.sock"

    let machine: Machine
    let socket: String
    /// Whether somebody wants it there: without a configuration nobody has to run a daemon.
    let isWanted: Bool
    /// The door on loopback that the configuration wants.
    let port: Int?
    /// Who may open it, where the configuration says so.
    let peers: [UInt32]?
    /// Who asks.
    let user: UInt32

    /// The socket that was named, else a configuration's; without one, whichever of the usual ones is there.
    init(machine: Machine, configuration: ServeConfiguration?, named: String? = nil, surroundings: Surroundings) {
        self.machine = machine
        let own = surroundings.runtimeFolder.map { "\($0)/bridge.sock" }
        let configured = configuration.flatMap { $0.socket.isEmpty ? nil : $0.socket }
        socket =
            named ?? configured ?? [own, Self.usualSocket].compactMap { $0 }.first(where: machine.exists) ?? own ?? Self.usualSocket
        isWanted = named != nil || configuration?.file != nil
        port = configuration?.loopback.flatMap { $0.port == 0 ? nil : $0.port }
        // Another socket than the configuration's is another daemon's.
        peers = named == nil || named == configured ? configuration.map { Array($0.peers.keys) } : nil
        user = surroundings.userID
    }

    func findings() async -> [Finding] {
        let answer = await machine.ask(.unix(machine.path(socket)), for: "/healthz")
        if answer == .failure(.absent), !isWanted {
            let elsewhere = others.map { "; a door is at \($0): --socket looks there" } ?? "; --socket PATH looks elsewhere"
            return [.ok("daemon", "none at \(socket), and none is configured\(elsewhere)")]
        }
        var findings = [finding(answer)]
        findings += [folder, rights, lock].compactMap { $0 }
        if let port { findings.append(await loopback(port)) }
        return findings
    }

    /// The doors that are open in folders that this user may look into; proc(5), `/proc/net/unix`: the fourth field is 00010000
    /// for a socket that listens, the last one its path.
    private var others: String? {
        let paths = (machine.text("/proc/net/unix") ?? "").split(separator: "\n").compactMap { line -> String? in
            let fields = line.split(separator: " ", maxSplits: 7, omittingEmptySubsequences: true)
            guard fields.count == 8, fields[3] == "00010000", fields[7].hasPrefix("/") else { return nil }
            let path = String(fields[7])
            return machine.exists(path + ".lock") ? path : nil
        }
        return paths.isEmpty ? nil : Set(paths).sorted().prefix(4).joined(separator: ", ")
    }

    private func loopback(_ port: Int) async -> Finding {
        let check = "daemon on loopback"
        let place = "127.0.0.1:\(port)"
        switch await machine.ask(.loopback(port), for: "/healthz") {
        case .success(let heard) where heard.version == Self.version: return .ok(check, "\(place) answers")
        case .success, .failure(.unintelligible), .failure(.hungUp):
            return .failed(check, "\(place): another program answers", hint: "give \"loopback.listen\" a port of its own")
        case .failure(.silent): return .failed(check, "\(place) does not answer", hint: "\"systemctl restart tessera\"")
        case .failure: return .warning(check, "nobody listens at \(place)", hint: "\"systemctl restart tessera\", or \"tessera serve\"")
        }
    }

    private func finding(_ answer: Result<SocketAnswer, SocketTrouble>) -> Finding {
        let check = "daemon"
        switch answer {
        case .success(let heard):
            guard let version = heard.version else {
                return .failed(check, "\(socket): another program answers", hint: "name the daemon's own socket in its configuration")
            }
            guard version == Self.version else {
                return .failed(
                    check, "\(socket): it speaks version \(version), this program \(Self.version)", hint: "\"systemctl restart tessera\"")
            }
            if heard.status == 200 { return .ok(check, "\(socket) answers, protocol version \(version)") }
            if heard.status == 401 || heard.status == 403 { return .ok(check, "\(socket) answers, and has nothing for this user") }
            return .warning(check, "\(socket) answers with \(heard.status)", hint: "\"journalctl -u tessera\" says why")
        case .failure(.absent):
            return .warning(check, "\(socket) is not there: it does not run", hint: "\"systemctl start tessera\", or \"tessera serve\"")
        case .failure(.deserted):
            return .failed(check, "\(socket) is left over: nobody listens", hint: "\"systemctl restart tessera\", or \"tessera serve\"")
        case .failure(.closed):
            return .warning(
                check, "\(socket) is closed to this user",
                hint: "\"usermod -aG tessera USER\", and USER among \"peers\" of its configuration")
        case .failure(.hungUp):
            return .warning(check, "\(socket) lets this user not in", hint: "put uid \(user) among \"peers\" of its configuration")
        case .failure(.silent): return .failed(check, "\(socket) does not answer", hint: "\"systemctl restart tessera\"")
        case .failure(.unintelligible):
            return .failed(check, "\(socket): another program answers", hint: "name the daemon's own socket in its configuration")
        }
    }

    /// Whoever can write the folder can put another socket there.
    private var folder: Finding? {
        let folder = URL(filePath: socket).deletingLastPathComponent().path
        guard let mode = machine.mode(folder), let rights = machine.rights(folder) else { return nil }
        let check = "socket folder"
        guard mode & 0o022 == 0 else {
            return .failed(check, "\(folder), \(rights): others can put a socket there", hint: "\"chmod go-w \(folder)\"")
        }
        return .ok(check, "\(folder), \(rights)")
    }

    private var rights: Finding? {
        guard let mode = machine.mode(socket), let rights = machine.rights(socket) else { return nil }
        let check = "daemon socket"
        guard mode & 0o007 == 0 else {
            return .warning(
                check, "\(socket), \(rights): any user may knock", hint: "\"chmod o= \(socket)\"; the daemon still asks who it is")
        }
        if let peers, !peers.contains(user) {
            return .warning(
                check, "\(socket), \(rights), and not for uid \(user)", hint: "put uid \(user) among \"peers\" of its configuration")
        }
        return .ok(check, "\(socket), \(rights)\(peers.map { ", for \(Self.text($0))" } ?? "")")
    }

    private static func text(_ peers: [UInt32]) -> String { peers.sorted().map { "uid \($0)" }.joined(separator: ", ") }

    /// Who holds the lock beside the socket, as the kernel has it; proc(5), `/proc/locks`.
    private var lock: Finding? {
        let path = socket + ".lock"
        guard let inode = machine.inode(path) else { return nil }
        let check = "daemon lock"
        let holder = (machine.text("/proc/locks") ?? "").split(separator: "\n").lazy.compactMap { line -> Int32? in
            let fields = line.split(separator: " ")
            guard fields.count >= 6, fields[1] == "FLOCK", fields[5].hasSuffix(":\(inode)") else { return nil }
            return Int32(fields[4])
        }.first
        guard let holder else { return .ok(check, "\(path) is free") }
        let name = machine.text("/proc/\(holder)/comm") ?? "a program"
        return .ok(check, "\(path) is held by \(name) (\(holder))")
    }
}
