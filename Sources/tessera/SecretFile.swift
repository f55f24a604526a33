import Foundation
import Secrets

/// A secret in a file or pipe: its first line.
enum SecretFile {
    /// Reads it straight onto a locked page; the line's end may be `\n` or `\r\n`, and `-` is standard input.
    ///
    /// - Parameters:
    ///   - what: what an error calls the file.
    ///   - patience: how long it may take until the line is whole: as long as a person needs for another program's question.
    /// - Throws: ``Failure``; `CancellationError`.
    static func line(of name: String, _ what: String = "", within patience: Duration = InputFile.patience) throws -> SecretBytes {
        let file: Int32
        do { file = try InputFile.open(name) } catch { throw InputFile.unreadable(name, what) }
        defer { InputFile.close(file, of: name) }
        let end = ContinuousClock.now.advanced(by: patience)
        var line = try SecretBytes()
        var byte: UInt8 = 0
        defer { byte = 0 }
        var hasReturn = false
        while true {
            try InputFile.awaitBytes(from: file, until: end)
            let count = unsafe read(file, &byte, 1)
            if count < 0, errno == EAGAIN || errno == EINTR { continue }
            guard count >= 0 else { throw InputFile.unreadable(name, what) }
            guard count > 0, byte != UInt8(ascii: "\n") else { return line }
            // Only the one before the line's end is no part of it.
            if hasReturn { try line.append(UInt8(ascii: "\r")) }
            hasReturn = byte == UInt8(ascii: "\r")
            if !hasReturn { try line.append(byte) }
        }
    }
}
