import Foundation
import Verification

/// The store of a configuration: whether it is there, for its owner alone, durable, and what it says it is.
struct StoreChecks {
    let machine: Machine
    let source: ServeConfiguration.StoreSource

    private var isAddress: Bool { source.place.contains("://") }

    func findings() async -> [Finding] {
        guard !isAddress else { return [await opened()] }
        let path = source.place
        guard machine.exists(path) else {
            let folder = URL(filePath: path).deletingLastPathComponent().path
            return [.ok("store", "\(path) is not there yet: the daemon makes it"), space(at: folder)]
        }
        guard let rights = rights(path) else { return [await opened(), journal(path), space(at: path)] }
        return [rights, space(at: path)]
    }

    /// Why it is not opened: others may read it, or this user may not.
    private func rights(_ path: String) -> Finding? {
        let detail = "\(path), \(machine.rights(path) ?? "rights unknown")"
        if let mode = machine.mode(path), mode & 0o077 != 0 {
            return .failed("store", "\(detail): others may read it", hint: "\"chmod 600 \(path)\"")
        }
        if machine.bytes(path, upTo: 1) == nil {
            return .warning("store", "\(detail): closed to this user", hint: "\"sudo -u tessera tessera doctor\" can look into it")
        }
        return nil
    }

    /// What it says of itself; secrets are not read.
    private func opened() async -> Finding {
        let check = "store"
        do {
            let store = try await StorePlace(source.place).openForAudit(isReadOnly: true)
            guard store.mark == source.mark else {
                return .failed(
                    check, "\(source.place) was made for \(store.mark.rawValue), and is configured for \(source.mark.rawValue)",
                    hint: "set \"test\" of \"store\" to \(store.mark == .test), or name another store")
            }
            return .ok(check, "\(source.place) opens, for \(store.mark.rawValue), its tables are this program's")
        } catch {
            let failure = Failure(error)
            return .failed(check, "\(source.place): \(failure.message)", hint: failure.hint)
        }
    }

    /// Bytes 18 and 19 are 2 with a write-ahead log; "Database File Format", 1.3.3 (sqlite.org/fileformat2.html).
    private func journal(_ path: String) -> Finding {
        let check = "store journal"
        guard let head = machine.bytes(path, upTo: 20), head.count == 20 else {
            return .failed(check, "\(path) is too short", hint: "restore it from a copy")
        }
        guard head[18] == 2, head[19] == 2 else {
            return .failed(check, "\(path) has no write-ahead log", hint: "\"sqlite3 \(path) 'PRAGMA journal_mode=WAL'\"")
        }
        return .ok(check, "write-ahead log")
    }

    private func space(at path: String) -> Finding {
        let check = "disk space"
        guard let space = machine.space(at: path) else {
            return .warning(check, "nobody says how much there is for \(path)", hint: "make the folder: \"mkdir -m 700 \(path)\"")
        }
        let text = space >= 10 << 30 ? "\(space >> 30) GiB" : "\(space >> 20) MiB"
        if space < 64 << 20 {
            return .failed(check, "\(text) for \(path)", hint: "make room: \"du -xh / | sort -h | tail\" shows where it went")
        }
        if space < 1 << 30 {
            return .warning(check, "\(text) for \(path)", hint: "make room: \"du -xh / | sort -h | tail\" shows where it went")
        }
        return .ok(check, "\(text) for \(path)")
    }
}
