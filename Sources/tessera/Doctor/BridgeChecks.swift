import Foundation
import Verification

/// Everything around `tessera serve`: its configuration, the daemon, who asks for PINs, polkit, the clock, the store.
struct BridgeChecks {
    let machine: Machine
    let surroundings: Surroundings
    /// The configuration that was named; the usual one without.
    let named: String?
    let now: Date

    func findings() async -> [Finding] {
        guard let file = named.map({ URL(filePath: $0).standardizedFileURL.path }) ?? found else {
            return [.ok("configuration", "none for \"tessera serve\"")] + (await around(nil))
        }
        do throws(ServeConfigurationError) {
            let configuration = try read(file)
            let checks = await ConfigurationChecks(configuration: configuration, now: now).findings()
            return [.ok("configuration", "\(file), for a \(configuration.store.mark.rawValue) store")] + checks
                + (await around(configuration))
        } catch {
            let finding: Finding =
                error.code == .unreadable && machine.exists(file)
                ? .warning("configuration", "\(file) is closed to this user", hint: "\"sudo -u tessera tessera doctor\" can look into it")
                : .failed("configuration", "\(file): \(error.description)", hint: error.hint)
            return [finding] + (await around(nil))
        }
    }

    /// This user's own, else the service's.
    private var found: String? { [surroundings.usualFile, Self.service].compactMap { $0 }.first(where: machine.exists) }

    private static let service = "/etc/tessera/serve.json"

    /// What the file says to whom it is for: the service has a user and a folder of its own.
    private func read(_ file: String) throws(ServeConfigurationError) -> ServeConfiguration {
        var surroundings = surroundings
        if file == Self.service {
            surroundings.userID = surroundings.userNamed("tessera") ?? surroundings.userID
            surroundings.environment["RUNTIME_DIRECTORY"] = "/run/tessera"
        }
        return try .effective(.none(), .read(machine.path(file)), named: file, in: surroundings)
    }

    private func around(_ configuration: ServeConfiguration?) async -> [Finding] {
        let daemon = DaemonChecks(machine: machine, configuration: configuration, surroundings: surroundings)
        let system = SystemChecks(machine: machine, now: now, programs: configuration?.pinEntry.programs)
        var findings = await daemon.findings() + system.findings()
        if let store = configuration?.store { findings += await StoreChecks(machine: machine, source: store).findings() }
        return findings
    }
}
