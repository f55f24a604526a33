import ArgumentParser
import Foundation
import ISO7816
import PCSC

/// `tessera readers`: the readers of this machine and what is in them.
struct Readers: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List smartcard readers and what is in them.",
        discussion: """
            Examples:
              tessera readers
              tessera readers --watch          one line for each change, until Ctrl-C
              tessera readers --json
            """)

    @Flag(help: "Go on and tell each change, until Ctrl-C.")
    var watch = false

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let source = PCSCReaders()
        if watch {
            for await slots in source.changes() { try show(slots) }
        } else {
            try show(try await source.slots())
        }
    }

    private func show(_ slots: [CardSlot]) throws {
        try output.print(slots.map(SlotReport.init)) {
            guard !slots.isEmpty else { return "No readers.\nAttach one, or start a daemon with an emulated reader (vsmartcard-vpcd)." }
            return slots.map(SlotReport.init).map { "\($0.reader)\n  \($0.state)\($0.atr.map { ", ATR \($0)" } ?? "")" }
                .joined(separator: "\n") + (watch ? "\n" : "")
        }
    }
}

/// A reader, as it is printed.
private struct SlotReport: Encodable {
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
}
