import ArgumentParser
import DeviceProtocol
import Foundation
import Verification

/// `tessera demo`: the main job, without hardware or configuration.
struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Open a demo bank in the browser, or let every kind of device approve in the terminal.",
        discussion: """
            The page has a bank on the left and its customers' devices on the right, all
            emulated: sign in, pay, pull a card out, look into a QR code. It is served on
            this machine alone, until Ctrl-C; what it keeps is removed then.

            With --terminal there is no page: each device logs one person in and approves
            one payment; the exit code is 0 when all succeeded, otherwise 1. With --ask
            you are the person: compare, consent, and type the PIN, 123456 everywhere.

            Examples:
              tessera demo
              tessera demo --port 8080
              tessera demo --terminal
              tessera demo --ask
              tessera demo --json
            """)

    @Flag(help: "No page: show login and payment with every device in this terminal.")
    var terminal = false
    @Flag(help: "In the terminal, ask you for consent and PINs.")
    var ask = false
    @Option(help: "The page's port on 127.0.0.1; 0 for any that is free.")
    var port: UInt16 = 7357
    @OptionGroup var output: OutputOptions

    func run() async throws {
        guard terminal || ask || output.json else { return try await page() }
        let story = Story(isSilent: output.json)
        let folder = try PassingFolder("tessera-demo")
        defer { folder.remove() }
        let bank = try DemoBank(in: folder.url)
        let devices = try await bank.enrolDevices()
        story.tell("\(devices.count) devices, all emulated. Each logs one person in and approves one payment.\n")
        var rows: [DemoRow] = []
        for device in devices {
            try Task.checkCancellation()
            rows.append(try await DemoRun(bank: bank, device: device, story: story, asks: ask).row())
        }
        let report = DemoReport(devices: rows)
        try output.print(report) { report.table }
        guard report.succeeded else { throw ExitCode(ProgramExit.refused.rawValue) }
    }

    private func page() async throws {
        let story = Story(isSilent: false)
        story.tell("The demo bank opens: a bank, its customers and their emulated devices.")
        try await DemoPage(port: Int(port)) { port in
            story.tell("Open http://127.0.0.1:\(port)/ in a browser. Every PIN is 123456. Ctrl-C ends it.")
        }.run()
    }
}

/// What happened, device by device.
struct DemoReport: Encodable {
    let devices: [DemoRow]
    let succeeded: Bool

    init(devices: [DemoRow]) {
        self.devices = devices
        succeeded = devices.allSatisfy { $0.login == "succeeded" && $0.payment == "succeeded" }
    }

    var table: String {
        var table = Table(header: ["device", "login", "payment", "evidence", "ms"], numbers: [4])
        table.rows = devices.map { [$0.device.name, $0.login, $0.payment, $0.evidence ?? "none", String($0.milliseconds)] }
        return table.text
    }
}

/// What happened with one device.
struct DemoRow: Encodable {
    let device: DeviceKind
    let login: String
    let payment: String
    /// What ties the payment's answer to what was agreed: `content` or `operation`.
    let evidence: String?
    let milliseconds: Int
}

extension DeviceKind {
    /// What a person calls it.
    var name: String {
        switch self {
        case .token: "Token"
        case .scan: "Scan"
        case .mobile: "Mobile"
        case .smartcard: "Smartcard"
        case .stick: "Signing stick"
        case .identityCard: "Identity card"
        }
    }
}

/// What the demo tells while it runs; nothing when a program listens.
struct Story: Sendable {
    let isSilent: Bool

    func tell(_ text: String) {
        guard !isSilent else { return }
        FileHandle(descriptor: 1).write(line: text)
    }
}
