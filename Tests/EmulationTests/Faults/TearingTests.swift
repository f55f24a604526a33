import ISO7816
import TestSupport
import Testing

@testable import Emulation

/// Power that is lost in the midst of a write of a card's lasting memory.
@Suite struct TearingTests {
    private let memory = CardMemory(["a": .bytes([0])])

    private func write(_ value: UInt8) -> CardMemoryError? {
        do throws(CardMemoryError) {
            try memory.write(["a": .bytes([value])])
            return nil
        } catch {
            return error
        }
    }

    @Test func `before a write nothing changes, and until there is power nothing can be written`() {
        memory.losePower(at: [2: .before])
        #expect(write(1) == nil && memory.powerLoss == nil)
        #expect(write(2) == .unpowered)
        #expect(memory.powerLoss?.write == 2 && memory.powerLoss?.moment == .before)
        #expect(write(3) == .unpowered)
        #expect(memory.bytes("a") == [1])
        #expect(memory.lastingWrites == 1)
        memory.restorePower()
        #expect(write(4) == nil && memory.bytes("a") == [4])
    }

    @Test func `after a write it is lasting, and nothing that follows is`() {
        memory.losePower(at: [1: .after, 2: .after])
        #expect(write(1) == nil)
        #expect(memory.powerLoss?.write == 1 && memory.powerLoss?.moment == .after)
        #expect(write(2) == .unpowered && memory.bytes("a") == [1])
        memory.restorePower()
        #expect(write(2) == nil && memory.bytes("a") == [2] && memory.powerLoss?.write == 2)
        memory.losePower(at: [:])
        #expect(write(3) == nil && write(4) == nil && memory.powerLoss == nil)
    }

    @Test func `a write that is not kept does not count as lasting`() {
        let failing = CardMemory(["a": .bytes([0])]) { _ throws(CardMemoryError) in throw .notKept("full") }
        failing.losePower(at: [1: .after])
        #expect(throws: CardMemoryError.notKept("full")) { try failing.write(["a": .bytes([1])]) }
        #expect(failing.powerLoss == nil && failing.lastingWrites == 0)
    }

    /// The counter goes down, the comparison is made, the counter goes up: power loss gives no try and no login.
    @Test(
        arguments: [
            ("123456", 1, .before, 3), ("123456", 1, .after, 2), ("123456", 2, .before, 2), ("123456", 2, .after, 3),
            ("000000", 1, .before, 3), ("000000", 1, .after, 2),
        ] as [(String, Int, Fault.Moment, Int)])
    func `a VERIFY torn apart costs its try or none, and never logs in`(pin: String, number: Int, moment: Fault.Moment, left: Int) throws {
        let card = try TestCards.powered()
        card.memory.losePower(at: [number: moment])
        let answer = card.process([0x00, 0x20, 0x00, 0x80, 0x08] + padded(pin))
        #expect(answer == [0x6F, 0x00])
        #expect(!card.isPowered)
        #expect(card.retryCounters.first { $0.name == "PIV PIN" }?.triesLeft == left)
        card.powerOn()
        #expect(try card.pinStatus() == StatusWord(0x63, 0xC0 | UInt8(left)))
        #expect(try card.verify("123456") == .success)
    }

    @Test func `the last try, torn off, blocks the PIN whether or not it was right`() throws {
        let card = try TestCards.powered(tries: 1)
        card.memory.losePower(at: [1: .after])
        _ = card.process([0x00, 0x20, 0x00, 0x80, 0x08] + padded("123456"))
        card.powerOn()
        #expect(try card.verify("123456") == .authenticationBlocked)
    }

    @Test func `the counters tell of every PIN and PUK, without power`() throws {
        let card = try TestCards.unpowered(tries: 4)
        #expect(card.retryCounters.map(\.name) == ["PIV PIN", "PIV PUK"])
        #expect(card.retryCounters.allSatisfy { $0.triesLeft == 4 && $0.maximum == 4 })
        card.powerOn()
        _ = try card.verify("000000")
        card.powerOff()
        #expect(card.retryCounters.map(\.triesLeft) == [3, 4])
    }
}
