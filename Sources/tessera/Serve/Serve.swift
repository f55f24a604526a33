import ArgumentParser
import CLinux
import Foundation
import HTTPDoor
import Logging

/// `tessera serve`: the bridge as a daemon.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Offer devices, operations and the bank's side over HTTP, on a socket.",
        discussion: """
            The banking core talks to it in any language: Docs/DeviceProtocol.md shows how
            with curl. It listens on a Unix socket that only you can open unless you say
            otherwise, until Ctrl-C. PINs are asked for on this machine, never over HTTP.

            Examples:
              tessera serve --store bank.sqlite --keys store.keys --origin bank.example \\
                --decoy-key-file decoy.key
              tessera serve --test --store test.sqlite --emulators
              tessera serve --configuration serve.json --check
              curl --unix-socket $XDG_RUNTIME_DIR/tessera/bridge.sock \\
                http://localhost/v1/devices
            """)

    @OptionGroup var options: ServeOptions
    @Flag(help: "Print what is in force and what is wrong with it, and open nothing.")
    var check = false
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let configuration = try ServeConfiguration.effective(options, in: .present)
        if check {
            let checks = await ConfigurationChecks(configuration: configuration, now: Date()).findings()
            let report = configuration.report(checks)
            try output.print(report) { report.table }
            if checks.hasFailed { throw ExitCode(ProgramExit.environment.rawValue) }
            return
        }
        Self.refuseDumps()
        let logger = configuration.log.begin()
        let daemon = try await Daemon(configuration, logger: logger) { address in
            logger.notice("listening", metadata: ["at": "\(address)"])
        }
        configuration.wipeKeysVariable()
        try await daemon.run()
        logger.notice("ended")
    }

    /// Lets neither a crash nor another program of this user see what is in memory: prctl(2), getrlimit(2).
    static func refuseDumps() {
        _ = linux_refuse_dumps()
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
    }
}
