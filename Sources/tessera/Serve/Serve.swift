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
            otherwise. PINs are asked for on this machine, never over HTTP.

            Ctrl-C, SIGTERM and SIGHUP end it in the same way: requests that are under way
            end first, and what waits goes on after the next start. Nothing is read anew
            while it runs: after a change of the configuration, check it with --check and
            start again. Under nohup it ignores SIGHUP.

            Examples:
              tessera serve --store bank.sqlite --keys store.keys --origin bank.example \\
                --decoy-key-file decoy.key
              tessera serve --test --store test.sqlite --emulators
              tessera serve --configuration serve.json --check
              curl --unix-socket $XDG_RUNTIME_DIR/tessera/bridge.sock \\
                http://localhost/v1/devices
            """)

    @OptionGroup var options: ServeOptions
    @Flag(help: "Print what is in force, try what it names and what it would open, list all that is wrong, and serve nothing.")
    var check = false
    @OptionGroup var output: OutputOptions

    func run() async throws {
        if check { return try await printChecks() }
        let configuration = try ServeConfiguration.effective(options, in: .present)
        Self.refuseDumps()
        let logger = configuration.log.begin()
        let daemon = try await Daemon(configuration, logger: logger) { address in
            logger.notice("listening", metadata: ["at": "\(address)"])
        }
        configuration.wipeKeysVariable()
        try await daemon.run()
        logger.notice("ended", metadata: Interrupts.received.map { ["by": "\($0)"] })
    }

    /// All that is wrong, with what was said and with what that names.
    private func printChecks() async throws {
        let draft = try ServeConfiguration.draft(options, in: .present.serving(options.configuration))
        let now = Date()
        let checks =
            draft.problems.map(Finding.init) + (await ConfigurationChecks(configuration: draft.configuration, now: now).findings())
            + (await OpeningChecks(machine: Machine(), configuration: draft.configuration, now: now).findings())
        let report = draft.configuration.report(checks)
        try output.print(report) { report.table }
        let exit = draft.problems.first?.exit ?? (checks.hasFailed ? .environment : .done)
        if exit != .done { throw ExitCode(exit.rawValue) }
    }

    /// Lets neither a crash nor another program of this user see what is in memory: prctl(2), getrlimit(2).
    static func refuseDumps() {
        _ = linux_refuse_dumps()
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
    }
}
