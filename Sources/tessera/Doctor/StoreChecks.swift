import Foundation
import Verification

/// The store of a configuration: whether it is there, for its owner alone, durable, and what it says it is.
struct StoreChecks {
    let machine: Machine
    let source: ServeConfiguration.StoreSource
    /// Whether it is the store of the machine's service.
    var isService = false

    private var isAddress: Bool { source.place.contains("://") }

    func findings() async -> [Finding] {
        guard !isAddress else { return [await opened()] }
        let path = source.place
        // A link that leads nowhere is not one that the daemon follows.
        guard machine.exists(path) else { return machine.link(path) == nil ? missing(path) : [await opened()] }
        guard let rights = rights(path) else { return [await opened(), journal(path), space(at: path)].compactMap { $0 } }
        return [rights, space(at: path)]
    }

    /// Whether it can be made where there is none; the service's folder comes with its first start.
    private func missing(_ path: String) -> [Finding] {
        let folder = URL(filePath: path).deletingLastPathComponent().path
        let above = machine.nearestFolder(of: folder)
        let made = Surroundings.serviceStore
        if isService, "\(folder)/".hasPrefix("\(made)/"), !machine.exists(made) {
            return [.ok("store", "\(path) is not there yet; systemd makes the folder")] + (above.map { [space(at: $0)] } ?? [])
        }
        guard let above, machine.mayWrite(above) else {
            return [.warning("store", "\(path) is not there, and this user cannot make it", hint: "\"ls -ld \(folder)\" shows whose it is")]
        }
        return [.ok("store", "\(path) is not there yet: the daemon makes it"), space(at: above)]
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

    /// Whether it can be opened with the keys that the configuration names, where they can be read; secrets are not.
    private func opened() async -> Finding {
        let check = "store"
        do {
            let place = try StorePlace(source.place)
            let opening: StoreOpening
            if let keys = try? source.protection() {
                opening = try await place.look(mark: source.mark, protection: keys)
            } else if source.keys == nil, source.keysVariable == nil {
                opening = try await place.look(mark: source.mark, protection: nil)
            } else {
                // What is wrong with the keys is told beside it.
                let mark = try await place.openForAudit(isReadOnly: true).mark
                guard mark == source.mark else { throw StoreError.otherMark(mark) }
                opening = .asItIs
            }
            let next =
                switch opening {
                case .creates: "is empty: the daemon makes it"
                case .asItIs: "opens, for \(source.mark.rawValue), its tables are this program's"
                case .bringsUpToDate: "is of an earlier version: the daemon brings it up to date at its next start"
                case .seals: "opens, for \(source.mark.rawValue); the daemon seals its secrets at its next start"
                }
            return .ok(check, "\(source.place) \(next)")
        } catch StoreError.otherMark(let mark) {
            return .failed(
                check, "\(source.place) was made for \(mark.rawValue), and is configured for \(source.mark.rawValue)",
                hint: "set \"test\" of \"store\" to \(mark == .test), or name another store")
        } catch {
            let failure = Failure(error)
            return .failed(check, "\(source.place): \(failure.message)", hint: failure.hint)
        }
    }

    /// Bytes 18 and 19 are 2 with a write-ahead log; "Database File Format", 1.3.3 (sqlite.org/fileformat2.html).
    ///
    /// Nothing is said of a file that is no database.
    private func journal(_ path: String) -> Finding? {
        let check = "store journal"
        guard let head = machine.bytes(path, upTo: 20), head.count == 20, head.starts(with: "SQLite format 3\0".utf8) else { return nil }
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
