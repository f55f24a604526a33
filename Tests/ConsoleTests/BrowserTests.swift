import Console
import Foundation
import TestSupport
import Testing

/// The demo as a person meets it, judged by a real Chromium: the bridge and the emulated devices in a process of their own.
///
/// Screenshots are left in `.build/screenshots`, for people to look at.
@Suite(.serialized) struct BrowserTests {
    private static let package = Fixture.folder.deletingLastPathComponent()
    private static let screenshots = package.appending(path: ".build/screenshots")

    @Test func `a person signs in with each of the five devices and approves a payment`() async throws {
        try await judge([
            "five-devices-scan", "five-devices-token", "five-devices-mobile", "five-devices-smartcard", "five-devices-stick",
            "quiet-console",
        ])
    }

    @Test func `wrong PINs, pulled cards, changed amounts and foreign codes end as they must`() async throws {
        try await judge(["wrong-pin", "pulled-card", "changed-amount", "foreign-code", "quiet-console"])
    }

    @Test func `events, back button, reload and a second tab lose nothing and agree`() async throws {
        try await judge(["typed-before-events", "typed-with-pauses", "back-and-reload", "two-tabs", "second-signer", "quiet-console"])
    }

    @Test func `devices are suspended, let go on, activated and replaced`() async throws {
        try await judge([
            "lost-device", "foreign-device", "phone-alone", "phone-with-scan", "activate-scan", "replaced-card", "replaced-scan",
            "quiet-console",
        ])
    }

    @Test func `a Token is ordered, and a forgotten password is replaced by whoever has a device`() async throws {
        try await judge(["ordered-token", "forgotten", "forgotten-card", "quiet-console"])
    }

    @Test func `a device approves another secret image, payees and batches, and a phone answers by its own line`() async throws {
        try await judge(["changed-image", "payees", "batch", "phone-online", "quiet-console"])
    }

    @Test func `names, contrast, sizes, keyboard and languages are right`() async throws {
        try await judge(["keyboard", "languages", "accessible", "quiet-console"])
    }

    /// Plays scenes before a demo of their own.
    private func judge(_ scenes: [String]) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tessera-page-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(at: folder) }
        let (bridge, emulators) = (folder.appending(path: "bridge.sock").path, folder.appending(path: "emulators.sock").path)
        let rules = folder.appending(path: "rules.json")
        try Data(Console.signatureRules.utf8).write(to: rules)
        let daemon = try Daemon([
            "serve", "--test", "--store", folder.appending(path: "store.sqlite").path, "--origin", "bank.example", "--admit-retired",
            "--rules", rules.path, "--emulators", "--socket", bridge, "--emulators-socket", emulators,
        ])
        defer { daemon.end() }
        let isOpen = await eventually { [bridge, emulators].allSatisfy(FileManager.default.fileExists(atPath:)) }
        #expect(isOpen, "\(daemon.words)")
        try await RunningConsole.with(bridge: bridge, emulators: emulators) { console in
            let python = Self.package.appending(path: ".build/venv/bin/python").path
            let script = Self.package.appending(path: "Tests/ConsoleTests/browser.py").path
            let outcome = try await ChildProgram.run(
                python, [script, "http://127.0.0.1:\(console.port)", Self.screenshots.path] + scenes, within: .seconds(1_200))
            let lines = outcome.text.split(separator: "\n").map(String.init)
            #expect(lines == scenes.map { "ok \($0)" }, "\(outcome.text)\n\(outcome.complaints)\n\(daemon.words.suffix(2_000))")
        }
    }
}

/// `tessera serve` in a process of its own.
private final class Daemon {
    private let process = Process()
    private let log = FileManager.default.temporaryDirectory.appending(path: "tessera-serve-\(UUID().uuidString).log")

    init(_ arguments: [String]) throws {
        let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appending(path: "tessera")
        try Data().write(to: log)
        let handle = try FileHandle(forWritingTo: log)
        defer { try? handle.close() }
        process.executableURL = program
        process.arguments = arguments
        // The cards that this process sees belong to other tests.
        process.environment = ProcessInfo.processInfo.environment.merging(["PCSCLITE_CSOCK_NAME": "/nonexistent/pcscd.comm"]) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = handle
        process.standardError = handle
        try process.run()
    }

    /// What it has said.
    var words: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

    func end() {
        kill(process.processIdentifier, SIGTERM)
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: log)
    }
}
