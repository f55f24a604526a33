import ArgumentParser
import Foundation

/// For people or for programs.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print JSON, for programs. Errors stay sentences on standard error.")
    var json = false

    /// Prints `value` as JSON, or what `human` makes of it.
    ///
    /// - Parameter onOneLine: for output that goes on: one JSON value a line.
    func print(_ value: some Encodable, onOneLine: Bool = false, human: () -> String) throws {
        FileHandle(descriptor: 1).write(line: json ? try Self.json(value, onOneLine: onOneLine) : human())
    }

    static func json(_ value: some Encodable, onOneLine: Bool = false) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if !onOneLine { encoder.outputFormatting.insert(.prettyPrinted) }
        encoder.dateEncodingStrategy = .iso8601
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}

extension FileHandle {
    convenience init(descriptor: Int32) { self.init(fileDescriptor: descriptor, closeOnDealloc: false) }

    /// Writes text as it is.
    ///
    /// Standard output that nobody reads any more ends the program.
    func write(text: String) { write(bytes: Array(text.utf8)) }

    /// Writes bytes as they are, in the same way.
    ///
    /// Standard output that has no room for now is waited for until the task is cancelled; what else has none loses them.
    func write(bytes: [UInt8]) {
        do { try InputFile.write(bytes, to: fileDescriptor, within: fileDescriptor == 1 ? nil : Duration.zero) } catch {
            guard fileDescriptor == 1 else { return }
            if (error as? POSIXError)?.code == .EPIPE { return Interrupts.hangUp() }
            // Who sent a signal knows what they broke off.
            let isKnown = Interrupts.isOutputBroken || error is CancellationError && Interrupts.received != nil
            if !isKnown {
                Failure("cannot write to standard output", hint: "check the space on the disk, or what reads it", exit: .environment)
                    .print()
            }
            Interrupts.breakOutput()
        }
    }

    func write(line: String) { write(text: line + "\n") }
}

extension String {
    /// Without characters that steer a terminal or hide text: cards and readers name themselves, and may lie.
    var printable: String {
        String(
            String.UnicodeScalarView(
                unicodeScalars.map { scalar in
                    switch scalar.properties.generalCategory {
                    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse: "\u{FFFD}"
                    default: scalar
                    }
                }))
    }
}
