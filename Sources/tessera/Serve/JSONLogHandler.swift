import Foundation
import Logging

/// Writes each event of the log as one line of JSON to standard error, for programs that collect logs.
struct JSONLogHandler: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var members = metadata.merging(event.metadata ?? [:]) { _, new in new }.mapValues { "\($0)" }
        members["time"] = Date().formatted(
            .iso8601.year().month().day().time(includingFractionalSeconds: true).timeZone(separator: .omitted))
        members["level"] = event.level.rawValue
        members["message"] = "\(event.message)"
        members["source"] = event.source
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let line = try? encoder.encode(members) else { return }
        // A pipe that was closed or a disk that is full costs the line, and nothing else.
        FileHandle(descriptor: 2).write(bytes: [UInt8](line) + [UInt8(ascii: "\n")])
    }
}
