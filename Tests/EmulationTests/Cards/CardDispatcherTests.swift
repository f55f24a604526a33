import ISO7816
import Testing

@testable import Emulation

/// An application that answers with its own name and counts what happens to it.
private struct EchoApplet: CardApplet {
    let identifier: [UInt8]
    var loggedIn = false

    var names: [[UInt8]] { [identifier] }
    mutating func select(_ command: CommandAPDU) -> ResponseAPDU { .success([0x6F] + identifier) }
    mutating func deselect() { loggedIn = false }
    mutating func process(_ command: CommandAPDU) -> ResponseAPDU {
        switch command.instruction {
        case 0x20:
            loggedIn = true
            return .status(.success)
        case 0xCA: return .success([loggedIn ? 1 : 0] + identifier)
        default: return .status(.instructionNotSupported)
        }
    }
}

@Suite struct CardDispatcherTests {
    private let first: [UInt8] = [0xA0, 0, 0, 0, 1, 0x10]
    private let second: [UInt8] = [0xA0, 0, 0, 0, 1, 0x20]

    private func dispatcher() -> CardDispatcher { CardDispatcher([EchoApplet(identifier: first), EchoApplet(identifier: second)]) }

    private func select(_ name: [UInt8], p2: UInt8 = 0) -> CommandAPDU {
        CommandAPDU(instruction: 0xA4, p1: 0x04, p2: p2, data: name, expectedLength: 256)
    }

    private let status = CommandAPDU(instruction: 0xCA, expectedLength: 256)
    private let login = CommandAPDU(instruction: 0x20)

    @Test func `the first application is selected without a SELECT`() {
        var card = dispatcher()
        #expect(card.process(status) == .success([0] + first))
    }

    @Test func `a name may be cut short, and the first application that fits is taken`() {
        var card = dispatcher()
        #expect(card.process(select(second)) == .success([0x6F] + second))
        #expect(card.process(select([0xA0, 0, 0, 0, 1])) == .success([0x6F] + first))
        #expect(card.process(select([0xA0])) == .success([0x6F] + first))
    }

    @Test(arguments: [[0xA0, 0, 0, 0, 2], [0xA0, 0, 0, 0, 1, 0x20, 0x00], [0xB0]] as [[UInt8]])
    func `an unknown name finds nothing and leaves the current application with its login`(name: [UInt8]) {
        var card = dispatcher()
        _ = card.process(select(second))
        _ = card.process(login)
        #expect(card.process(select(name)) == .status(.fileNotFound))
        #expect(card.process(status) == .success([1] + second))
    }

    @Test func `selecting another application ends the login, selecting the same one does not`() {
        var card = dispatcher()
        _ = card.process(login)
        _ = card.process(select(first))
        #expect(card.process(status) == .success([1] + first))
        _ = card.process(select(second))
        _ = card.process(select(first))
        #expect(card.process(status) == .success([0] + first))
    }

    @Test func `a reset ends every login and selects the first application`() {
        var card = dispatcher()
        _ = card.process(select(second))
        _ = card.process(login)
        card.reset()
        #expect(card.process(status) == .success([0] + first))
        _ = card.process(select(second))
        #expect(card.process(status) == .success([0] + second))
    }

    @Test func `P2 0C selects without an answer`() {
        var card = dispatcher()
        #expect(card.process(select(second, p2: 0x0C)) == .status(.success))
        #expect(card.process(status) == .success([0] + second))
    }

    @Test func `a name cut short leads from one occurrence to the next, and ends`() {
        var card = dispatcher()
        let short: [UInt8] = [0xA0, 0, 0]
        #expect(card.process(select(short, p2: 0x02)) == .success([0x6F] + first))
        #expect(card.process(select(short, p2: 0x02)) == .success([0x6F] + second))
        #expect(card.process(select(short, p2: 0x02)) == .status(.fileNotFound))
        #expect(card.process(status) == .success([0] + second))
        #expect(card.process(select(short, p2: 0x03)) == .success([0x6F] + first))
        #expect(card.process(select(short, p2: 0x03)) == .status(.fileNotFound))
        #expect(card.process(select(short, p2: 0x01)) == .success([0x6F] + second))
        #expect(card.process(select(short, p2: 0x0E)) == .status(.fileNotFound))
        #expect(card.process(select(short)) == .success([0x6F] + first))
        #expect(card.process(select(short, p2: 0x0E)) == .status(.success))
        #expect(card.process(status) == .success([0] + second))
        card.reset()
        #expect(card.process(select(short, p2: 0x02)) == .success([0x6F] + first))
    }

    @Test(arguments: [0x08, 0x0A, 0x10, 0xFF] as [UInt8])
    func `other ways of selecting are refused`(p2: UInt8) {
        var card = dispatcher()
        #expect(card.process(select(second, p2: p2)) == .status(.wrongParameters))
    }

    @Test(arguments: [0, 17, 255])
    func `a name has 1 to 16 bytes`(count: Int) {
        var card = dispatcher()
        #expect(card.process(select(Array(repeating: 0xA0, count: count))) == .status(.wrongData))
    }

    @Test func `a card without applications answers all the same`() {
        var card = CardDispatcher([])
        #expect(card.process(status) == .status(.instructionNotSupported))
        #expect(card.process(select(first)) == .status(.fileNotFound))
        card.reset()
        #expect(card.process(login) == .status(.instructionNotSupported))
    }
}
