import ArgumentParser
import DeviceProtocol
import Devices
import Foundation
import PCSC

/// `tessera devices`: the attached devices, as everything above the readers sees them.
struct AttachedDevices: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "devices", abstract: "List attached devices: what they are, what they can do, where they are.",
        discussion: """
            A device is a card that Tessera knows, or a stick. A card that it does not know
            is no device: "tessera readers" shows it, and "tessera doctor" says why.

            With --watch the list stays on the terminal and follows what comes and goes,
            until Ctrl-C. Elsewhere it is a line for each that comes or goes; with --json
            one object.

            Examples:
              tessera devices
              tessera devices --watch
              tessera devices --json
            """)

    @Flag(help: "Go on and tell what comes and goes, until Ctrl-C.")
    var watch = false
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let source = CardDevices(of: PCSCReaders(), isEmulated: false)
        guard watch else {
            let reports = try await source.devices().map(DeviceReport.init)
            return try output.print(reports) {
                guard !reports.isEmpty else {
                    return "No devices.\nInsert a card, or run \"tessera doctor\" to learn why there is none."
                }
                return reports.map(\.text).joined(separator: "\n")
            }
        }
        if !output.json, LiveScreen.isThere { return await draw(source.events()) }
        var names: [DeviceID: String] = [:]
        for await event in source.events() {
            let time = Date().timeOfDay
            switch event {
            case .arrived(let device):
                let report = DeviceReport(device)
                names[device.descriptor.id] = report.name
                try output.print(DeviceChange(event: "arrived", id: report.id, device: report), onOneLine: true) {
                    "\(time)  arrived  \(report.name.printable)  \(report.kind)  \(report.id)"
                }
            case .left(let id):
                let name = names.removeValue(forKey: id) ?? id.rawValue
                try output.print(DeviceChange(event: "left", id: id.rawValue, device: nil), onOneLine: true) {
                    "\(time)  left     \(name.printable)"
                }
            }
        }
    }

    private func draw(_ events: AsyncStream<DeviceEvent>) async {
        var screen = LiveScreen()
        var board = Board<DeviceReport>()
        screen.draw(Self.text(of: board))
        for await event in events {
            var present = board.rows.map(\.item)
            switch event {
            case .arrived(let device): present.append(DeviceReport(device))
            case .left(let id): present.removeAll { $0.id == id.rawValue }
            }
            board.update(to: present, at: Date())
            screen.draw(Self.text(of: board))
        }
        screen.end()
    }

    /// The board as a table.
    static func text(of board: Board<DeviceReport>) -> String {
        guard !board.rows.isEmpty else { return "No devices.\n\nCtrl-C ends." }
        var table = Table(header: ["since", "device", "kind", "id"])
        table.rows = board.rows.map { [$0.since.timeOfDay, $0.item.name, $0.item.kind, $0.item.id] }
        return table.text + "\n\nCtrl-C ends."
    }
}

/// A device that came or went, as it is printed.
private struct DeviceChange: Encodable {
    let event: String
    let id: String
    let device: DeviceReport?
}

/// A device, as it is printed.
struct DeviceReport: Encodable, Equatable {
    let name: String
    let kind: String
    let id: String
    let takes: String
    let capabilities: [String]
    let reader: String?

    init(_ device: any Device) {
        let descriptor = device.descriptor
        name = descriptor.name
        kind = descriptor.kind.rawValue
        id = descriptor.id.rawValue
        takes = descriptor.takes.rawValue
        capabilities = Capability.allCases.filter(descriptor.capabilities.contains).map(\.rawValue)
        reader = (device as? CardDevice)?.reader
    }

    var text: String {
        let abilities = capabilities.compactMap(Capability.init).map(\.telling).joined(separator: ", ")
        return """
            \(name.printable)
              kind    \(kind)
              id      \(id)
              can     \(abilities)
              reader  \(reader?.printable ?? "none")
            """
    }
}

extension Capability {
    fileprivate var telling: String {
        switch self {
        case .displaysOperation: "show the operation itself"
        case .bindsContent: "bind its answer to what is agreed"
        case .asksPIN: "ask for a PIN"
        case .signs: "sign"
        }
    }
}
