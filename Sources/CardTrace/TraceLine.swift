import Foundation
import ISO7816

/// One event as one line of JSON, and back: what `tessera card trace` writes and reads.
///
/// | key | in | what |
/// |---|---|---|
/// | `event` | all | `open`, `exchange`, `end` |
/// | `reader`, `atr` | `open` | the reader's name; Answer-to-Reset in hexadecimal |
/// | `command` | `exchange` | hexadecimal; CLA INS P1 P2 alone where `withheld` is true |
/// | `answer` or `error` | `exchange` | hexadecimal with the status word; a sentence where no answer came |
/// | `microseconds` | `exchange` | how long it took |
/// | `disposition` | `end` | `leave` or `reset` |
public enum TraceLine {
    private struct Form: Codable {
        var event: String
        var reader: String?
        var atr: String?
        var command: String?
        var withheld: Bool?
        var answer: String?
        var error: String?
        var microseconds: Int64?
        var disposition: String?
    }

    /// The line for `event`, without its end.
    public static func text(for event: TraceEvent) -> String {
        var form = Form(event: "")
        switch event {
        case .opened(let reader, let atr):
            form.event = "open"
            form.reader = reader
            form.atr = atr.bytes.hexadecimal
        case .exchange(let exchange):
            form.event = "exchange"
            form.command = exchange.command.bytes.hexadecimal
            if exchange.command.isWithheld { form.withheld = true }
            switch exchange.outcome {
            case .answered(let bytes): form.answer = bytes.hexadecimal
            case .failed(let sentence): form.error = sentence
            }
            form.microseconds = Int64(exchange.duration / .microseconds(1))
        case .ended(let disposition):
            form.event = "end"
            form.disposition = disposition == .leave ? "leave" : "reset"
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Strings and numbers alone: nothing that could not be encoded.
        return (try? encoder.encode(form)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    /// The event that `line` tells.
    ///
    /// - Parameter number: which line it is, for the error.
    /// - Throws: ``TraceError``.
    public static func event(parsing line: String, number: Int) throws(TraceError) -> TraceEvent {
        guard let form = try? JSONDecoder().decode(Form.self, from: Data(line.utf8)) else {
            throw TraceError(line: number, "is no JSON object of a trace")
        }
        func bytes(_ text: String?, _ key: String) throws(TraceError) -> [UInt8] {
            guard let bytes = text.flatMap([UInt8].init(hexadecimal:)) else {
                throw TraceError(line: number, "has no \(key) in hexadecimal")
            }
            return bytes
        }
        switch form.event {
        case "open":
            guard let reader = form.reader else { throw TraceError(line: number, "has no reader") }
            guard let atr = try? ATR(parsing: try bytes(form.atr, "atr")) else { throw TraceError(line: number, "has no Answer-to-Reset") }
            return .opened(reader: reader, atr: atr)
        case "exchange":
            let shown = try bytes(form.command, "command")
            let outcome: TracedExchange.Outcome
            if let sentence = form.error { outcome = .failed(sentence) } else { outcome = .answered(try bytes(form.answer, "answer")) }
            let command = form.withheld == true ? TracedCommand(withholding: shown) : TracedCommand(shown)
            return .exchange(TracedExchange(command, outcome, taking: .microseconds(max(0, form.microseconds ?? 0))))
        case "end": return .ended(form.disposition == "leave" ? .leave : .reset)
        default: throw TraceError(line: number, "tells an event \"\(form.event.prefix(32))\", which no trace has")
        }
    }

    /// All events of a trace; empty lines are skipped.
    ///
    /// - Throws: ``TraceError`` for the first line that tells none.
    public static func events(parsing text: String) throws(TraceError) -> [TraceEvent] {
        var events: [TraceEvent] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() where !line.isEmpty {
            events.append(try event(parsing: String(line), number: index + 1))
        }
        return events
    }
}

/// Why a text is no trace.
public struct TraceError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Which line, counted from 1.
    public let line: Int
    private let reason: String

    init(line: Int, _ reason: String) {
        self.line = line
        self.reason = reason
    }

    /// One sentence.
    public var description: String { "line \(line) of the trace \(reason)" }
}
