import Emulation
import ISO7816
import Secrets
import Testing

struct CardChannelTests {
    @Test func `send carries an exchange to its end`() async throws {
        let channel = try ScriptedChannel([.init("00B0000000", "AA6101"), .init("00C0000001", "BB9000")])
        let response = try await channel.send(CommandAPDU(instruction: 0xB0, expectedLength: 256))
        #expect(response == ResponseAPDU(data: [0xAA, 0xBB], status: .success))
        #expect(channel.failures == [])
    }

    @Test func `a refusal is an answer, not an error`() async throws {
        let channel = try ScriptedChannel([.init("00A40400023F00", "6A82")])
        #expect(try await channel.send(CommandAPDU(instruction: 0xA4, p1: 4, data: [0x3F, 0])).status == .fileNotFound)
    }

    @Test(arguments: [[], [0x90]] as [[UInt8]])
    func `an answer without status word is malformed and names the command`(_ answer: [UInt8]) async throws {
        let channel = try ScriptedChannel([.init(answer: answer)])
        let error = await #expect(throws: CardError.self) { try await channel.send(CommandAPDU(instruction: 0xB0, p1: 1)) }
        #expect(error?.code == .malformedAnswer)
        #expect(error?.description.contains("00B00100") == true)
    }

    @Test func `a card that never ends its answer is malformed after bounded work`() async throws {
        let channel = try ScriptedChannel([.init(answer: [0x61, 0x00])], repeatsLast: true)
        let error = await #expect(throws: CardError.self) { try await channel.send(CommandAPDU(instruction: 0xB0)) }
        #expect(error?.code == .malformedAnswer)
        #expect(channel.commands.count <= 1024)
    }

    @Test func `what is too long for one command is not supported, and nothing is sent`() async throws {
        let channel = try ScriptedChannel([], passesExtendedLength: true)
        let command = CommandAPDU(instruction: 0xD6, data: [UInt8](repeating: 0, count: 70_000))
        let error = await #expect(throws: CardError.self) { try await channel.send(command, form: .extended) }
        #expect(error?.code == .notSupported)
        #expect(error?.detail?.contains("70000") == true)
        #expect(channel.commands.isEmpty)
    }

    @Test func `an extended command goes short where the channel does not pass it`() async throws {
        let command = CommandAPDU(instruction: 0xB0, expectedLength: 65_536)
        let short = try ScriptedChannel([.init("00B0000000", "9000")])
        #expect(try await short.send(command, form: .extended).status == .success)
        #expect(short.failures == [])
        let extended = try ScriptedChannel([.init("00B00000000000", "9000")], passesExtendedLength: true)
        #expect(try await extended.send(command, form: .extended).status == .success)
        #expect(extended.failures == [])
    }

    @Test func `an error of the channel passes through as it is`() async throws {
        let channel = try ScriptedChannel([.init(failing: CardError(.removed, "Reader 1"))])
        let error = await #expect(throws: CardError.self) { try await channel.send(CommandAPDU(instruction: 0xB0)) }
        #expect(error?.code == .removed)
        #expect(error?.subject == "Reader 1")
    }

    @Test func `a sensitive command is sent once and its status comes back`() async throws {
        let channel = try ScriptedChannel([.init("00200080083132333435 36FFFF", "63C2")])
        let body = try SecretBytes.copying("123456".utf8 + [0xFF, 0xFF])
        let command = try SensitiveCommand.making(instruction: 0x20, p2: 0x80, body: body)
        #expect(command.header == [0x00, 0x20, 0x00, 0x80])
        #expect(try await channel.send(command).triesLeft == 2)
        #expect(channel.failures == [])
    }

    @Test(arguments: ["61FF", "6C08"])
    func `a sensitive command is not repeated whatever the card answers`(_ status: String) async throws {
        let channel = try ScriptedChannel([.init("002000800131", status)])
        let command = try SensitiveCommand.making(instruction: 0x20, p2: 0x80, body: try SecretBytes.copying([0x31]))
        #expect(try await channel.send(command).description == status)
        #expect(channel.commands.count == 1)
    }

    @Test func `a lost answer to a sensitive command is malformed`() async throws {
        let channel = try ScriptedChannel([.init(answer: [])])
        let command = try SensitiveCommand.making(instruction: 0x20, p2: 0x80, body: try SecretBytes.copying([0x31]))
        do {
            _ = try await channel.send(command)
            Issue.record("an empty answer passed")
        } catch { #expect(error.code == .malformedAnswer) }
    }

    @Test(arguments: [0, 256, 300])
    func `a sensitive command has one to 255 bytes of data`(_ length: Int) throws {
        do {
            let body = try SecretBytes.copying(repeatElement(0x31, count: length))
            _ = try SensitiveCommand.making(instruction: 0x20, p2: 0x80, body: body)
            Issue.record("\(length) bytes passed")
        } catch let error as APDUError { #expect(error == .tooLong) }
    }

    @Test func `a signature is sent once, and its answer fetched`() async throws {
        let channel = try ScriptedChannel([.init("002A9E9A010100", "6C80")])
        let command = CommandAPDU(instruction: 0x2A, p1: 0x9E, p2: 0x9A, data: [1], expectedLength: 256)
        #expect(try await channel.send(command, mayRepeat: false).status == StatusWord(rawValue: 0x6C80))
        #expect(channel.failures.isEmpty)
    }

    @Test func `an answer that takes too long in all is malformed, however little is missing`() async throws {
        let channel = try ScriptedChannel([.init(answer: [0x01, 0x61, 0x01])], repeatsLast: true)
        let command = CommandAPDU(instruction: 0xB0, expectedLength: 256)
        let error = await #expect(throws: CardError.self) {
            try await channel.send(command, within: TimeBudget(.seconds(60), on: VirtualClock(step: .seconds(20))))
        }
        #expect(error?.code == .malformedAnswer)
        #expect(error?.detail?.contains("60") == true)
        // Looked at once in the beginning, then before each command: at 20 and 40 seconds, not at 60.
        #expect(channel.commands.count == 2)
    }

    @Test(arguments: [CardDisposition.leave, .reset])
    func `a card is let go whether its user succeeds or fails`(_ disposition: CardDisposition) async throws {
        let source = OneCard()
        #expect(try await source.withCard(in: "Reader 1", ending: disposition) { $0.atr.bytes } == [0x3B, 0x00])
        let error = await #expect(throws: CardError.self) {
            try await source.withCard(in: "Reader 1", ending: disposition) { (_) throws(CardError) -> Int in throw CardError(.reset, "") }
        }
        #expect(error?.code == .reset)
        #expect(await source.log.ends == [disposition, disposition])
    }
}

/// A source with one card, which notes how it was let go.
private struct OneCard: CardSource {
    actor Log {
        var ends: [CardDisposition] = []
        func add(_ disposition: CardDisposition) { ends.append(disposition) }
    }

    struct Session: CardSession {
        let channel: ScriptedChannel
        let log: Log
        var atr: ATR { channel.atr }
        func transmit(_ command: [UInt8]) async throws(CardError) -> [UInt8] { try await channel.transmit(command) }
        func transmit(_ command: consuming SensitiveCommand) async throws(CardError) -> [UInt8] { try await channel.transmit(command) }
        func end(_ disposition: CardDisposition) async { await log.add(disposition) }
    }

    let log = Log()

    func slots() async throws(CardError) -> [CardSlot] { [] }
    func changes() -> AsyncStream<[CardSlot]> { AsyncStream { $0.finish() } }
    func open(_ reader: String) async throws(CardError) -> any CardSession {
        do { return Session(channel: try ScriptedChannel([]), log: log) } catch { throw CardError(.cardMissing, reader) }
    }
}
