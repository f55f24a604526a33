import Foundation
import Verification

/// Everything around `tessera serve`: its configuration, the daemon, who asks for PINs, polkit, the clock, the store.
struct BridgeChecks {
    let machine: Machine
    let surroundings: Surroundings
    /// The configuration that was named; the usual one without.
    let named: String?
    /// The socket that was named; the configuration's without, or the usual one.
    var socket: String?
    let now: Date

    func findings() async -> [Finding] {
        guard let file = named.map({ URL(filePath: $0).standardizedFileURL.path }) ?? found else {
            return [.ok("configuration", "none for \"tessera serve\"")] + (await around(nil))
        }
        do throws(ServeConfigurationErrors) {
            let draft = try read(file)
            let configuration = draft.configuration
            let checks = await ConfigurationChecks(configuration: configuration, now: now).findings()
            let head = draft.problems.map(Finding.init)
            let fine = Finding.ok("configuration", "\(file), for a \(configuration.store.mark.rawValue) store")
            return (head.isEmpty ? [fine] : head) + checks + (await around(configuration))
        } catch {
            let isClosed = error.first.code == .unreadable && machine.exists(file) && !machine.isFolder(file)
            let findings =
                isClosed
                ? [.warning("configuration", "\(file) is closed to this user", hint: "\"sudo -u tessera tessera doctor\" can look into it")]
                : error.all.map(Finding.init)
            return findings + (await around(nil))
        }
    }

    /// This user's own, else the service's.
    private var found: String? { [surroundings.usualFile, Surroundings.serviceFile].compactMap { $0 }.first(where: machine.exists) }

    /// What the file says to whom it is for.
    private func read(_ file: String) throws(ServeConfigurationErrors) -> ServeConfiguration.Draft {
        ServeConfiguration.draft(try .none(), try .read(machine.path(file)), named: file, in: surroundings.serving(file))
    }

    private func around(_ configuration: ServeConfiguration?) async -> [Finding] {
        let daemon = DaemonChecks(machine: machine, configuration: configuration, named: socket, surroundings: surroundings)
        let system = SystemChecks(machine: machine, now: now, programs: configuration?.pinEntry.programs)
        var findings = await daemon.findings() + system.findings()
        if let configuration, !configuration.store.place.isEmpty {
            let isService = configuration.file == Surroundings.serviceFile
            findings += await StoreChecks(machine: machine, source: configuration.store, isService: isService).findings()
        }
        return findings
    }
}

extension Finding {
    /// Something that is wrong with a configuration.
    init(_ error: ServeConfigurationError) { self = .failed("configuration", error.description, hint: error.hint) }
}
