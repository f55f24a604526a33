import ArgumentParser
import Foundation
import ISO7816
import PCSC

/// `tessera readers`: the readers of this machine and what is in them.
struct Readers: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List smartcard readers and what is in them.",
        discussion: """
            With --watch the list stays on the terminal and follows what changes, until
            Ctrl-C. Elsewhere it is a line for each reader that changes; with --json all
            readers, one JSON array a line.

            Examples:
              tessera readers
              tessera readers --watch
              tessera readers --watch --json
            """)

    @Flag(help: "Go on and tell each change, until Ctrl-C.")
    var watch = false

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let source = PCSCReaders()
        guard watch else {
            let reports = try await source.slots().map(SlotReport.init)
            return try output.print(reports) {
                guard !reports.isEmpty else {
                    return "No readers.\nAttach one, or start a daemon with an emulated reader (vsmartcard-vpcd)."
                }
                return reports.map { "\($0.reader.printable)\n  \($0.telling)" }.joined(separator: "\n")
            }
        }
        do throws(CardError) {
            _ = try await source.slots()
        } catch {
            guard error.code == .serviceAbsent else { throw error }
            FileHandle(descriptor: 2).write(line: "tessera: waiting: \(error)\ntessera: hint: \(error.hint)")
        }
        if !output.json, LiveScreen.isThere { return await draw(source.changes()) }
        async let service: Void = tellService(of: source)
        var history = SlotHistory()
        for await slots in source.changes() {
            let reports = slots.map(SlotReport.init)
            let lines = history.lines(for: reports, at: Date())
            guard !lines.isEmpty else { continue }
            try output.print(reports, onOneLine: true) { lines.joined(separator: "\n") }
        }
        await service
    }

    /// Says on standard error that the service went, and that it is back: without it, no reader is there either.
    private func tellService(of source: PCSCReaders) async {
        let screen = FileHandle(descriptor: 2)
        var isLost = false
        var wasThere = false
        for await event in source.events() {
            switch event {
            case .serviceLost(let error) where wasThere && !isLost:
                isLost = true
                screen.write(line: "tessera: waiting: \(error)\ntessera: hint: \(error.hint)")
            case .serviceBack where isLost:
                isLost = false
                screen.write(line: "tessera: the smartcard service is back")
            case .serviceLost: continue
            default: wasThere = true
            }
        }
    }

    private func draw(_ changes: AsyncStream<[CardSlot]>) async {
        var screen = LiveScreen()
        var board = Board<SlotReport>()
        for await slots in changes {
            board.update(to: slots.map(SlotReport.init), at: Date())
            screen.draw(Self.text(of: board))
        }
        screen.end()
    }

    /// The board as a table.
    static func text(of board: Board<SlotReport>) -> String {
        guard !board.rows.isEmpty else { return "No readers.\n\nCtrl-C ends." }
        var table = Table(header: ["since", "reader", "state", "ATR"])
        table.rows = board.rows.map { [$0.since.timeOfDay, $0.item.reader, $0.item.state, $0.item.atr ?? ""] }
        return table.text + "\n\nCtrl-C ends."
    }
}

/// What was told of the readers so far.
struct SlotHistory {
    private var known: [SlotReport]?

    /// A line for each reader that is new, changed or gone; all of them at first.
    mutating func lines(for reports: [SlotReport], at now: Date) -> [String] {
        let former = known ?? []
        let gone = former.filter { old in !reports.contains { $0.reader == old.reader } }
        let lines = reports.filter { !former.contains($0) }.map { ($0.reader, $0.telling) } + gone.map { ($0.reader, "gone") }
        defer { known = reports }
        if known == nil, lines.isEmpty { return ["\(now.timeOfDay)  no readers"] }
        return lines.map { "\(now.timeOfDay)  \($0.0.printable)  \($0.1)" }
    }
}

/// A reader, as it is printed.
struct SlotReport: Encodable, Equatable {
    let reader: String
    let state: String
    let atr: String?

    init(_ slot: CardSlot) {
        reader = slot.reader
        switch slot.content {
        case .empty: (state, atr) = ("empty", nil)
        case .mute: (state, atr) = ("a card that does not answer", nil)
        case .card(let card, let exclusive): (state, atr) = (exclusive ? "a card, held by another program" : "a card", card.description)
        }
    }

    var telling: String { state + (atr.map { ", ATR \($0)" } ?? "") }
}
