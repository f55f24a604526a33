import ArgumentParser
import DeviceProtocol
import Foundation
import Verification

/// `tessera device resynchronise`.
struct DeviceResynchronise: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resynchronise", abstract: "Find a Token's clock again by two codes that it showed one after the other.",
        discussion: """
            Both codes are spent. A wrong pair counts as a wrong answer of the device, and
            may block it. A clock is found up to ten steps away, 5 minutes at 30 seconds
            each; what is further off has to be replaced.

            \(StoreOptions.besides)

            Examples:
              tessera device resynchronise TOKEN-1 123456 234567 --store bank.sqlite
            """)

    // The positions follow the device's.
    @OptionGroup var device: DeviceOptions
    @Argument(help: "A code that the device showed.")
    var first: String
    @Argument(help: "The code that it showed next.")
    var second: String

    func run() async throws {
        let desk = try await device.store.desk()
        let found = try await desk.enrolments.resynchronise(device.device, with: first, second)
        let report = try await Desk.afterwards { [device] in try await device.report(at: desk) }
        try device.output.print(report) { "resynchronised: \(found.telling)\n\(report.text)" }
    }
}

/// `tessera device reset`.
struct DeviceReset: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset", abstract: "Forget an active device's wrong answers, and how far its clock was off.",
        discussion: """
            Codes that are spent stay spent. The next code may be further off than usual,
            as at the first use. A device that is suspended or blocked is opened by
            "tessera device resume".

            \(StoreOptions.besides)

            Examples:
              tessera device reset TOKEN-1 --store bank.sqlite
            """)

    @OptionGroup var device: DeviceOptions

    func run() async throws { try await device.run { try await $0.enrolments.reset(device.device) } }
}
