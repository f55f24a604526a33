import ArgumentParser
import Foundation
import ISO7816
import PCSC

/// `tessera readers`: the readers of this machine and what is in them.
struct Readers: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List smartcard readers and what is in them.",
        discussion: """
            With --watch a line follows for each reader that changes, until Ctrl-C; with
            --json it is all readers, one JSON array a line.

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
        var history = SlotHistory()
        for await slots in source.changes() {
            let reports = slots.map(SlotReport.init)
            let lines = history.lines(for: reports, at: Date())
            guard !lines.isEmpty else { continue }
            try output.print(reports, onOneLine: true) { lines.joined(separator: "\n") }
        }
    }
}

/// What was told of the readers so far.
struct SlotHistory {
    private var known: [SlotReport]?
    private let clock = Date.ISO8601FormatStyle(timeZone: .current).time(includingFractionalSeconds: false)

    /// A line for each reader that is new, changed or gone; all of them at first.
    mutating func lines(for reports: [SlotReport], at now: Date) -> [String] {
        let former = known ?? []
        let gone = former.filter { old in !reports.contains { $0.reader == old.reader } }
        let lines = reports.filter { !former.contains($0) }.map { ($0.reader, $0.telling) } + gone.map { ($0.reader, "gone") }
        defer { known = reports }
        if known == nil, lines.isEmpty { return ["\(now.formatted(clock))  no readers"] }
        return lines.map { "\(now.formatted(clock))  \($0.0.printable)  \($0.1)" }
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
