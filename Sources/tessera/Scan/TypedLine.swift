import Foundation

/// What a person types at a question that holds no secret.
enum TypedLine {
    /// How long a question waits, in slices of 100 ms: ten minutes.
    private static let slices = 6000
    /// The longest line.
    private static let limit = 256

    /// Asks on standard error and reads one line of standard input, no byte beyond it.
    ///
    /// - Throws: ``Failure`` when nobody types; `CancellationError`.
    static func asking(_ question: String) async throws -> String {
        FileHandle(descriptor: 2).write(text: question + ": ")
        defer { if isatty(0) == 0 { FileHandle(descriptor: 2).write(line: "") } }
        var line: [UInt8] = []
        for _ in 0..<slices {
            try Task.checkCancellation()
            var request = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
            guard unsafe poll(&request, 1, 100) > 0 else { continue }
            while line.count < limit {
                var byte: UInt8 = 0
                guard unsafe Foundation.read(0, &byte, 1) == 1 else {
                    throw Failure("nobody typed an answer", hint: "type it, or send one line for each question", exit: .environment)
                }
                if byte == 0x0A { return String(decoding: line, as: UTF8.self).trimmingCharacters(in: .whitespaces) }
                line.append(byte)
                request.revents = 0
                guard unsafe poll(&request, 1, 0) > 0 else { break }
            }
            guard line.count < limit else { throw Failure("the line is too long", hint: "type the digits alone", exit: .usage) }
        }
        throw Failure("nobody typed an answer in ten minutes", hint: "begin again", exit: .refused)
    }
}
