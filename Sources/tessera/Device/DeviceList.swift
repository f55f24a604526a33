public import ArgumentParser
import Foundation
public import Verification

/// `tessera device list`.
struct DeviceList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the devices of all customers as they stand now: by state, by product, by their end.",
        discussion: """
            A filter looks at all devices, because what is known of them is sealed. --ends
            options leave out what is over already, unless --state names it. With --json,
            "next" is the --after of the next page; the order is that of enrolments' names.

            \(StoreOptions.besides)

            Examples:
              tessera device list --state suspended --store bank.sqlite
              tessera device list --ends-within 90 --product scan --store bank.sqlite
              tessera device list --ends-before 2027-01-01 --store bank.sqlite --json
            """)

    @Option(help: "Only those whose life stands there.")
    var state: Enrolment.State?
    @Option(help: "Only those of this product.")
    var product: ProductProfile.ID?
    @Option(help: "Only those whose validity ends before this day or moment, in UTC.")
    var endsBefore: Moment?
    @Option(help: "Only those whose validity ends within so many days.")
    var endsWithin: Int?
    @OptionGroup var page: PageOptions
    @Option(help: "Where the page before ended: an enrolment's name.")
    var after: EnrolmentID?
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard endsBefore == nil || endsWithin == nil else { throw ValidationError("Give either --ends-before or --ends-within.") }
        guard (0...36_500).contains(endsWithin ?? 0) else { throw ValidationError("--ends-within takes 0 to 36500 days.") }
    }

    func run() async throws {
        let desk = try await store.desk()
        if let product { _ = try desk.policy.profile(of: product) }
        let report = Report(try await found(at: desk))
        try output.print(report) {
            var table = Table(header: ["device", "user ID", "product", "state", "valid until", "enrolment"])
            table.rows = report.devices.map {
                let end = $0.validUntil?.formatted(.iso8601.year().month().day()) ?? ""
                return [$0.device, $0.subscriber, $0.product, $0.stateText, end, $0.enrolment]
            }
            return PageOptions.text(table, next: report.next)
        }
    }

    private func found(at desk: Desk) async throws -> ListPage<Enrolment, EnrolmentID> {
        let progress = output.json ? nil : ProgressLine()
        defer { progress?.end() }
        let end = endsBefore?.date ?? endsWithin.map { Date(timeIntervalSinceNow: TimeInterval($0) * 86_400) }
        let filter = EnrolmentFilter(state: state, product: product, endsBefore: end)
        return try await desk.enrolments.enrolments(after: after, limit: page.limit, matching: filter) {
            progress?.draw("\($0) devices looked at")
        }
    }

    private struct Report: Encodable {
        let devices: [EnrolmentReport]
        let next: String?

        init(_ page: ListPage<Enrolment, EnrolmentID>) {
            devices = page.entries.map { EnrolmentReport($0) }
            next = page.next?.rawValue
        }
    }
}

extension Enrolment.State: ExpressibleByArgument {}
