import Foundation

/// Who starts the daemon, and where: what its defaults depend on.
struct Surroundings: Sendable {
    /// The user under whom it runs.
    var userID: UInt32
    var environment: [String: String]
    var hostName: String
    /// The number of a user's name; `nil` for one that this machine does not have.
    var userNamed: @Sendable (String) -> UInt32?

    /// Those of this process.
    static var present: Surroundings {
        Surroundings(
            userID: getuid(), environment: ProcessInfo.processInfo.environment, hostName: ProcessInfo.processInfo.hostName,
            userNamed: Self.number(of:))
    }

    /// The folder for sockets: what systemd made for the unit, the system's for root, otherwise the user's own; `nil` for none.
    ///
    /// systemd.exec(5), `RuntimeDirectory=`; XDG Base Directory Specification.
    var runtimeFolder: String? {
        if let made = environment["RUNTIME_DIRECTORY"]?.split(separator: ":").first { return String(made) }
        if userID == 0 { return "/run/tessera" }
        return environment["XDG_RUNTIME_DIR"].flatMap { $0.hasPrefix("/") ? "\($0)/tessera" : nil }
    }

    /// Where a configuration is looked for that nobody named.
    var usualFile: String? {
        if let made = environment["CONFIGURATION_DIRECTORY"]?.split(separator: ":").first { return "\(made)/serve.json" }
        if userID == 0 { return "/etc/tessera/serve.json" }
        if let folder = environment["XDG_CONFIG_HOME"], folder.hasPrefix("/") { return "\(folder)/tessera/serve.json" }
        return environment["HOME"].map { "\($0)/.config/tessera/serve.json" }
    }

    /// The configuration of the machine's service; systemd/tessera.service names it.
    static let serviceFile = "/etc/tessera/serve.json"
    /// The folder that systemd makes for the service.
    static let serviceFolder = "/run/tessera"
    /// The folder that systemd makes for the service's store.
    static let serviceStore = "/var/lib/tessera"

    /// Those of whom a file is for: the service has a user and a folder of its own.
    func serving(_ file: String?) -> Surroundings {
        guard file == Self.serviceFile else { return self }
        var surroundings = self
        surroundings.userID = userNamed("tessera") ?? userID
        surroundings.environment["RUNTIME_DIRECTORY"] = Self.serviceFolder
        return surroundings
    }

    private static func number(of name: String) -> UInt32? {
        var entry = unsafe passwd()
        var found: UnsafeMutablePointer<passwd>?
        var text = [CChar](repeating: 0, count: 1 << 14)
        let size = text.count
        guard unsafe getpwnam_r(name, &entry, &text, size, &found) == 0, unsafe found != nil else { return nil }
        return unsafe entry.pw_uid
    }
}
