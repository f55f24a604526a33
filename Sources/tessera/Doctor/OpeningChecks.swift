import Foundation
import HTTPDoor
import Verification

/// What `tessera serve` would open, each tried as far as that changes nothing: its store, its doors, whoever asks for PINs.
///
/// `tessera serve --check` prints it behind ``ConfigurationChecks``; what this user cannot use is a failure here.
struct OpeningChecks {
    let machine: Machine
    let configuration: ServeConfiguration
    let now: Date

    func findings() async -> [Finding] {
        var findings: [Finding] = []
        if !configuration.store.place.isEmpty {
            let store = StoreChecks(machine: machine, source: configuration.store, isService: isService)
            findings += await store.findings().map { $0.check == "disk space" ? $0 : $0.severe }
        }
        let isNamed = configuration.settings.contains { $0.member == "pinEntry" && $0.source != .standard }
        let system = SystemChecks(machine: machine, now: now, programs: configuration.pinEntry.programs)
        findings += await system.pinentries().map { isNamed ? $0.severe : $0 }
        return findings + doors()
    }

    /// Whether it is the machine's service, for which systemd makes folders.
    private var isService: Bool { configuration.file == Surroundings.serviceFile }

    /// Every door's place: a socket's folder, a port.
    private func doors() -> [Finding] {
        var findings: [Finding] = []
        var isRunning = false
        for (check, path) in [("socket", configuration.socket), ("emulators' socket", configuration.emulators ?? "")] where !path.isEmpty {
            let finding = socket(path, check)
            if finding.result == .warning { isRunning = true }
            findings.append(finding)
        }
        var ports: [(String, String, DoorPlace)] = []
        if let loopback = configuration.loopback {
            ports.append(("loopback port", "127.0.0.1:\(loopback.port)", .loopback(LoopbackPlace(port: loopback.port, tokens: []))))
        }
        if let tls = configuration.tls {
            let place = TLSPlace(
                address: tls.address, port: tls.port, certificates: tls.certificate, key: tls.key, clientRoots: tls.clientRoots, roles: [:])
            ports.append(("TLS port", DoorAddress.tcp(tls.address, tls.port).description, .tls(place)))
        }
        for (check, text, place) in ports {
            do throws(DoorError) {
                try place.look()
                findings.append(.ok(check, "\(text) is free"))
            } catch {
                // A running daemon has its port.
                let isOwn = isRunning && error.isTaken
                findings.append(
                    isOwn
                        ? .warning(check, "\(text) is in use, and a daemon runs", hint: "stop that one before another is started")
                        : .failed(check, error.description, hint: error.hint))
            }
        }
        return findings
    }

    private func socket(_ path: String, _ check: String) -> Finding {
        do throws(DoorError) {
            try DoorPlace.unix(UnixPlace(path, roles: [:])).look()
            return .ok(check, "\(path) can be made")
        } catch {
            if case .taken = error { return .warning(check, error.description, hint: "stop that one before another is started") }
            let folder = URL(filePath: path).deletingLastPathComponent().path
            if isService, folder == Surroundings.serviceFolder, !machine.exists(folder) {
                return .ok(check, "\(path); systemd makes the folder")
            }
            return .failed(check, error.description, hint: error.hint)
        }
    }
}

extension Finding {
    /// The same, a failure where it was a warning.
    fileprivate var severe: Finding { result == .warning ? Finding(check: check, result: .failed, detail: detail, hint: hint) : self }
}

extension DoorError {
    /// Whether somebody else has the port.
    fileprivate var isTaken: Bool {
        if case .cannotListen(_, let why) = self { unsafe why == String(cString: strerror(EADDRINUSE)) } else { false }
    }
}
