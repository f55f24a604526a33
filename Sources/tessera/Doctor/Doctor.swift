import ArgumentParser
import Foundation
import ISO7816
import PCSC

/// `tessera doctor`: everything between the program and the card.
struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look at everything between this program, a card and a bank, and say what is wrong and what to do.",
        discussion: """
            One line a check: ok, warning or failed, each with its next step. It asks for
            no PIN, costs no try, and changes nothing. The exit code is 0 when a card can
            be used, 1 when there is one that cannot, 3 when something before it is
            missing; the daemon, its configuration and its store do not change it.

            Examples:
              tessera doctor
              tessera doctor --configuration /etc/tessera/serve.json
              tessera doctor --socket run/bridge.sock
              tessera doctor --reader "Virtual PCD 00 00" --json
            """)

    @Option(help: "Look at the card in this reader only.")
    var reader: String?
    @Option(help: "The configuration of \"tessera serve\"; the usual one, when there is one.", completion: .file())
    var configuration: String?
    @Option(
        help: "The daemon's socket; the configuration's, or the usual one.", completion: .file(),
        transform: { URL(filePath: $0).standardizedFileURL.path })
    var socket: String?
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let machine = Machine()
        let service = ServiceChecks(machine: machine, environment: ProcessInfo.processInfo.environment)
        let usb = USBReaders(machine: machine)
        // Shorter than usual: who asks the doctor wants an answer, not a card.
        let source = PCSCReaders(deadlines: PCSCDeadlines(beginTransaction: .seconds(3), transmit: .seconds(10)))
        // Before this program itself is a client of the service.
        let others = OtherPrograms(machine: machine).findings(socket: service.socket)

        var findings = await service.findings()
        let slots: Result<[CardSlot], CardError>
        do throws(CardError) { slots = .success(try await source.slots()) } catch { slots = .failure(error) }
        let meant = ((try? slots.get()) ?? []).filter { reader == nil || $0.reader == reader }
        if let reader, meant.isEmpty, case .success = slots { throw CardError(.readerMissing, reader) }
        try Task.checkCancellation()
        findings.append(ServiceChecks.answered(slots))
        findings += usb.findings() + others + [OtherPrograms.lockedMemory()]
        findings += await BridgeChecks(
            machine: machine, surroundings: .present, named: configuration, socket: socket, now: Date()
        ).findings()
        try Task.checkCancellation()
        let outcomes = await CardChecks(source: source, now: Date()).outcomes(for: meant)
        try Task.checkCancellation()
        findings += outcomes.flatMap(\.findings)

        let diagnosis = Diagnosis(
            checks: findings,
            reason: Diagnosis.reason(slots: slots, outcomes: outcomes, untakenReader: usb.readers().contains { !$0.isTaken }),
            usable: outcomes.filter { $0.reason == nil })
        try output.print(diagnosis) { diagnosis.text }
        if let reason = diagnosis.reason { throw ExitCode(reason.exit.rawValue) }
    }
}

/// All findings, and what they come down to, as it is printed.
struct Diagnosis: Encodable {
    let checks: [Finding]
    /// Which of the usual reasons it is; `nil` when a card can be used.
    let reason: UsualReason?
    let hint: String?
    /// The readers whose card can be used.
    let usable: [String]
    private let cards: [String]

    private enum CodingKeys: CodingKey { case checks, reason, hint, usable }

    init(checks: [Finding], reason: UsualReason?, usable: [CardChecks.Outcome]) {
        self.checks = checks
        self.reason = reason
        hint = reason?.hint
        self.usable = usable.map(\.reader)
        cards = usable.map { "\($0.card ?? "card") in \"\($0.reader)\"" }
    }

    /// The reason that lies furthest on the way to a card; `nil` when one can be used.
    static func reason(
        slots: Result<[CardSlot], CardError>, outcomes: [CardChecks.Outcome], untakenReader: Bool
    ) -> UsualReason? {
        if case .failure(let error) = slots { return UsualReason(error) }
        if outcomes.contains(where: { $0.reason == nil }) { return nil }
        let furthest = outcomes.compactMap(\.reason).max() ?? .noReader
        return furthest <= .noCard && untakenReader ? .readerWithoutDriver : furthest
    }

    var text: String {
        let verdict =
            reason.map { "No card can be used: \($0.sentence).\n→ \($0.hint)" }
            ?? "A card can be used: \(cards.joined(separator: ", ").printable)."
        return "\(checks.text)\n\n\(verdict)"
    }
}
