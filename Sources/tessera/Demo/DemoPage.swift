import ArgumentParser
import Console
import Foundation
import Logging

/// The demo in a browser: a bridge and its emulated devices in a folder of their own, and a bank's page over them.
struct DemoPage {
    let port: Int
    /// Tells that browsers can connect.
    let isOpen: @Sendable (Int) async -> Void

    /// Serves until the task is cancelled; nothing of it is left then.
    func run() async throws {
        Serve.refuseDumps()
        // Short, because the name of a socket has at most 103 characters.
        let place = try PassingFolder("tessera-demo", in: URL(filePath: "/tmp"))
        defer { place.remove() }
        let folder = place.url
        let rules = folder.appending(path: "rules.json")
        try Data(Console.signatureRules.utf8).write(to: rules)
        let configuration = try ServeConfiguration.draft(
            try ServeOptions.parse([
                "--test", "--store", folder.appending(path: "bank.sqlite").path, "--socket", folder.appending(path: "bridge/socket").path,
                "--emulators", "--emulators-socket", folder.appending(path: "emulators/socket").path, "--origin", "bank.example",
                "--admit-retired", "--rules", rules.path, "--log-level", "warning",
            ]), ServeConfigurationFile(), named: nil, in: .present
        ).approved()
        let logger = configuration.log.begin()
        let daemon = try await Daemon(configuration, usesReaders: false, logger: logger) { _ in }
        let console = Console(
            bridge: configuration.socket, emulators: configuration.emulators ?? "", port: port, logger: logger, isOpen: isOpen)
        try await daemon.run(besides: [console])
    }
}
