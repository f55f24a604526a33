import CardTrace
import ISO7816
import Testing

struct TraceLineTests {
    private static let atr: [UInt8] = [0x3B, 0x80, 0x80, 0x01, 0x01]

    private static func events() throws -> [TraceEvent] {
        [
            .opened(reader: "Reader \"one\" 00 00", atr: try ATR(parsing: atr)),
            .exchange(TracedExchange(TracedCommand([0x00, 0xA4, 0x04, 0x00]), .answered([0x6A, 0x82]), taking: .microseconds(1234))),
            .exchange(TracedExchange(TracedCommand(withholding: [0x00, 0x20, 0x00, 0x80]), .answered([0x90, 0x00]), taking: .zero)),
            .exchange(
                TracedExchange(TracedCommand([0x00, 0xB0]), .failed("the card was removed: \u{201C}x\u{201D}\n"), taking: .seconds(2))),
            .ended(.leave), .ended(.reset),
        ]
    }

    @Test func `every event comes back from its line`() throws {
        let events = try Self.events()
        let text = events.map(TraceLine.text).joined(separator: "\n")
        #expect(try TraceLine.events(parsing: text + "\n\n") == events)
    }

    @Test func `an event is one line`() throws {
        for event in try Self.events() { #expect(!TraceLine.text(for: event).contains("\n")) }
    }

    @Test(arguments: [
        ("nonsense", "line 1 of the trace is no JSON object of a trace"),
        (#"{"event":"open","atr":"3B00"}"#, "line 1 of the trace has no reader"),
        (#"{"event":"open","reader":"r","atr":"3B"}"#, "line 1 of the trace has no Answer-to-Reset"),
        (#"{"event":"exchange","answer":"9000"}"#, "line 1 of the trace has no command in hexadecimal"),
        (#"{"event":"exchange","command":"00A4","answer":"9"}"#, "line 1 of the trace has no answer in hexadecimal"),
        ("\n" + #"{"event":"dance"}"#, "line 2 of the trace tells an event \"dance\", which no trace has"),
    ])
    func `a line that tells nothing is named`(text: String, sentence: String) {
        #expect { try TraceLine.events(parsing: text) } throws: { "\($0)" == sentence }
    }

    @Test(arguments: [0x20, 0x21, 0x24, 0x25, 0x2C, 0x2D] as [UInt8])
    func `plain bytes that carry a PIN are withheld by what they are`(instruction: UInt8) {
        let command = TracedCommand([0x10, instruction, 0x00, 0x80, 0x06] + Array("314159".utf8))
        #expect(command.isWithheld)
        #expect(command.bytes == [0x10, instruction, 0x00, 0x80])
    }

    @Test func `a question for the tries is shown`() {
        #expect(TracedCommand([0x00, 0x20, 0x00, 0x80]) == TracedCommand([0x00, 0x20, 0x00, 0x80]))
        #expect(!TracedCommand([0x00, 0x20, 0x00, 0x80]).isWithheld)
        #expect(!TracedCommand([]).isWithheld)
    }
}
