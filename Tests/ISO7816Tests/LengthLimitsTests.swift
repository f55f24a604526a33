import Emulation
import ISO7816
import Testing

/// Extended length only where both ends allow it, and never where the short form does.
struct LengthLimitsTests {
    /// Card capabilities whose third byte is `last`; ISO/IEC 7816-4, table 117.
    private func channel(_ last: UInt8, _ script: [ScriptedChannel.Line] = [], passes: Bool = true) throws -> ScriptedChannel {
        try ScriptedChannel(atr: [0x3B, 0x05, 0x80, 0x73, 0x00, 0x00, last], script, passesExtendedLength: passes)
    }

    private let budget = TimeBudget(.seconds(60))
    private let select = "00A4080C022F01"

    @Test(
        arguments: [
            (0xC0, true, LengthLimits.extended), (0x40, true, .extended), (0xC0, false, .short), (0x80, true, .short),
            (0x20, false, .short),
        ] as [(UInt8, Bool, LengthLimits)])
    func `both the card and the way to it have a say, and nothing is asked`(_ last: UInt8, _ passes: Bool, _ limits: LengthLimits)
        async throws
    {
        let channel = try channel(last, passes: passes)
        #expect(try await channel.lengthLimits(within: budget) == limits)
        #expect(channel.commands.isEmpty)
    }

    @Test func `a card without capabilities gets short commands`() async throws {
        let channel = try ScriptedChannel([], passesExtendedLength: true)
        #expect(try await channel.lengthLimits(within: budget) == .short)
        #expect(channel.commands.isEmpty)
    }

    @Test func `a card that refers to its file is asked, and its numbers hold`() async throws {
        let channel = try channel(0x20, [.init(select, "9000"), .init("00B0000000", "7F66080202040002020800 9000")])
        let limits = try await channel.lengthLimits(within: budget)
        #expect(limits.maximumData == 1024 - 9)
        #expect(limits.maximumExpected == 2048 - 2)
        #expect(channel.failures == [])
    }

    @Test func `a card that takes extended length and refers to its file keeps to the numbers there`() async throws {
        let channel = try channel(0x60, [.init(select, "9000"), .init("00B0000000", "7F66080202040002020800 9000")])
        let limits = try await channel.lengthLimits(within: budget)
        #expect(limits.maximumData == 1024 - 9)
        #expect(limits.maximumExpected == 2048 - 2)
        #expect(channel.failures == [])
    }

    @Test(arguments: [["6A82"], ["9000", "6982"], ["9000", "9000"], ["9000", "6282"], ["9000", "4304DEADBEEF9000"]])
    func `a card that takes extended length and does not say how much in its file takes it without a bound`(_ answers: [String])
        async throws
    {
        let lines = try answers.map { ScriptedChannel.Line(answer: try #require([UInt8](hexadecimal: $0))) }
        let channel = try channel(0x60, lines)
        #expect(try await channel.lengthLimits(within: budget) == .extended)
        #expect(channel.failures == [])
    }

    @Test(
        arguments: [
            "", "00", "7F6600", "7F66040202 0400", "7F66080402040004020400", "7F660C020500000004000202 0400",
            "7F66", "7F66840FFFFFFF", "7F6603020100", "4304DEADBEEF", "7F6606020201000200",
        ])
    func `a file that does not say it clearly says nothing`(_ content: String) throws {
        #expect(LengthLimits(parsing: try #require([UInt8](hexadecimal: content))) == nil)
    }

    @Test(arguments: [0x20, 0x60] as [UInt8])
    func `a card whose file leaves room for short commands alone gets those, whatever it announces`(_ capabilities: UInt8) async throws {
        let channel = try channel(capabilities, [.init(select, "9000"), .init("00B0000000", "7F6608020200FF020200FF 9000")])
        #expect(try await channel.lengthLimits(within: budget) == .short)
        #expect(channel.failures == [])
    }

    @Test func `a file that says too much is taken for the most that the form can say`() throws {
        let limits = LengthLimits(parsing: try #require([UInt8](hexadecimal: "7F660C 0204 00FFFFFF 0204 7FFFFFFF")))
        #expect(limits == .extended)
    }

    @Test(arguments: [["6A82"], ["6986"], ["9000", "6982"], ["9000", "6B00"]])
    func `a card that refuses to tell gets short commands`(_ answers: [String]) async throws {
        let lines = try answers.map { ScriptedChannel.Line(answer: try #require([UInt8](hexadecimal: $0))) }
        let channel = try channel(0x20, lines)
        #expect(try await channel.lengthLimits(within: budget) == .short)
        #expect(channel.failures == [])
    }

    @Test(
        arguments: [
            (5, 256, CommandAPDU.Form.short), (255, 256, .short), (256, 256, .extended), (5, 257, .extended), (5, nil, .short),
            (1015, 65_536, .extended), (1016, 65_536, .short),
        ] as [(Int, Int?, CommandAPDU.Form)])
    func `what fits the short form travels in it, and what exceeds the card is chained`(
        _ data: Int, _ expected: Int?, _ form: CommandAPDU.Form
    )
        throws
    {
        let file = try #require([UInt8](hexadecimal: "7F660802020400 02020400"))
        let limits = try #require(LengthLimits(parsing: file))
        let command = CommandAPDU(instruction: 0x87, data: [UInt8](repeating: 1, count: data), expectedLength: expected)
        #expect(limits.form(for: command) == form)
        #expect(LengthLimits.short.form(for: command) == .short)
    }

    @Test func `a card that announces extended length and refuses it is read short from then on`() async throws {
        let channel = try channel(
            0xC0, [.init("00B00000000000", "6700"), .init("00B0000000", "AABB9000"), .init("00B0000000", "CC9000")])
        var limits = try await channel.lengthLimits(within: budget)
        let read = CommandAPDU(instruction: 0xB0, expectedLength: 256)
        #expect(try await channel.read(read, limits: &limits, within: budget).data == [0xAA, 0xBB])
        #expect(limits == .short)
        #expect(try await channel.read(read, limits: &limits, within: budget).data == [0xCC])
        #expect(channel.failures == [])
    }

    @Test(arguments: ["6C00", "6A82", "9000", "6D00"])
    func `any other answer to an extended command is the answer`(_ status: String) async throws {
        let channel = try channel(0xC0, [.init("00B00000000000", status)])
        var limits = LengthLimits.extended
        let answer = try await channel.read(CommandAPDU(instruction: 0xB0), limits: &limits, within: budget)
        #expect(answer.status.description == status)
        #expect(limits == .extended)
        #expect(channel.failures == [])
    }

    @Test func `61FF is followed to the end even after an extended command`() async throws {
        let channel = try channel(0xC0, [.init("00B00000000000", "AA61FF"), .init("00C00000FF", "BB6101"), .init("00C0000001", "CC9000")])
        var limits = LengthLimits.extended
        let answer = try await channel.read(CommandAPDU(instruction: 0xB0), limits: &limits, within: budget)
        #expect(answer == ResponseAPDU(data: [0xAA, 0xBB, 0xCC], status: .success))
    }

    @Test func `6700 to a short read is not asked again`() async throws {
        let channel = try channel(0x80, [.init("00B0000000", "6700")])
        var limits = LengthLimits.short
        #expect(try await channel.read(CommandAPDU(instruction: 0xB0), limits: &limits, within: budget).status == .wrongLength)
        #expect(channel.failures == [])
    }
}
