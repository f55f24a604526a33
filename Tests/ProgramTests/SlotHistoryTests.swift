import Foundation
import ISO7816
import Testing

@testable import tessera

/// What `readers --watch` tells of one state after another.
@Suite struct SlotHistoryTests {
    private let now = Date(timeIntervalSince1970: 1_800_000_000)

    private func tell(_ states: [[(String, CardSlot.Content)]]) -> [[String]] {
        var history = SlotHistory()
        return states.map { state in
            history.lines(for: state.map { SlotReport(CardSlot(reader: $0.0, content: $0.1)) }, at: now).map { String($0.dropFirst(10)) }
        }
    }

    @Test func `all readers at first, then those that changed`() {
        #expect(
            tell([[("A", .empty), ("B", .empty)], [("A", .empty), ("B", .mute)], [("A", .empty), ("B", .mute)], [("B", .mute)], []])
                == [["A  empty", "B  empty"], ["B  a card that does not answer"], [], ["A  gone"], ["B  gone"]])
    }

    @Test func `no readers are said once, and at first only`() {
        #expect(tell([[], [], [("A", .empty)], []]) == [["no readers"], [], ["A  empty"], ["A  gone"]])
    }

    @Test func `a card and its holder are told`() throws {
        let atr = try ATR(parsing: [0x3B, 0x00])
        #expect(
            tell([[("A", .card(atr, exclusive: false))], [("A", .card(atr, exclusive: true))]])
                == [["A  a card, ATR \(atr)"], ["A  a card, held by another program, ATR \(atr)"]])
    }

    @Test func `a reader's name does not steer the terminal`() {
        #expect(tell([[("\u{1B}[2JA\n", .empty)]]) == [["\u{FFFD}[2JA\u{FFFD}  empty"]])
    }
}
