import Emulation
import Foundation
import TestSupport
import Testing

/// `tessera devices`, with cards in the real pcscd.
@Suite struct DeviceListTests {
    private struct Device: Decodable {
        let name: String
        let kind: String
        let id: String
        let takes: String
        let capabilities: [String]
        let reader: String?
    }

    private struct Change: Decodable {
        let event: String
        let id: String
        let device: Device?
    }

    @Test func `a device says what it is, what it can do and where it is`() async throws {
        let service = try await PrivatePCSCD.start(readers: 1, isForThisProcess: false)
        try await PluggedCard.with(on: service) { plugged in
            let devices: [Device] = try await Program.run("devices", "--json", environment: plugged.environment).json()
            let device = try #require(devices.first { $0.reader == plugged.reader })
            #expect(device.name == "Smartcard in \(plugged.reader)" && device.kind == "smartcard" && device.takes == "plain")
            #expect(device.capabilities == ["bindsContent", "asksPIN", "signs"])
            #expect(device.id.count == 32)
            let human = try await Program.run("devices", environment: plugged.environment)
            #expect(human.status == 0)
            #expect(human.text.contains("\(device.name)\n  kind    smartcard\n  id      \(device.id)\n"))
            #expect(human.text.contains("  reader  \(plugged.reader)\n"))
        }
    }

    @Test(arguments: [false, true])
    func `what comes and goes is told, until Ctrl-C`(json: Bool) async throws {
        let service = try await PrivatePCSCD.start(readers: 1, isForThisProcess: false)
        try await service.withSlot { slot in
            let program = try RunningProgram(
                ["devices", "--watch"] + (json ? ["--json"] : []), environment: ["PCSCLITE_CSOCK_NAME": service.socket])
            let card = try VirtualCard.piv(holder: "Test Holder", keys: .p256, authority: TestAuthority(now: Date()), now: Date())
            let place = try await VPCDSlot.inserting(card, host: "127.0.0.1", port: slot.port, patience: .patient)
            #expect(await program.says(json ? "\"reader\":\"\(slot.reader)\"" : "  arrived  Smartcard in \(slot.reader)  smartcard  "))
            await place.remove()
            #expect(await program.says(json ? "\"event\":\"left\"" : "  left     Smartcard in \(slot.reader)\n"))
            program.send(SIGINT)
            let outcome = try await program.end()
            #expect(outcome.status == 0)
            #expect(outcome.complaints.isEmpty)
            for line in outcome.text.split(separator: "\n") where json {
                let change = try JSONDecoder().decode(Change.self, from: Data(line.utf8))
                #expect((change.device == nil) == (change.event == "left"))
            }
        }
    }

    @Test func `without pcscd the next step is to start it`() async throws {
        let outcome = try await Program.run("devices")
        #expect(outcome.status == 3)
        #expect(outcome.failure?.error.hasPrefix("the smartcard service is not running") == true)
    }
}
