import ArgumentParser
import CardTrace
import CoreFoundation
import Foundation
import Glibc
import ISO7816
import Synchronization

/// Where the events of a conversation go, one whole line each, as they happen.
final class TraceWriter: Sendable {
    /// An open file, and the `errno` of the first line that it did not take; nothing is written behind that.
    private struct Recording {
        let file: FileHandle
        var trouble: Int32?
    }

    private static let otherFile = "choose another file with --output"

    private let recording: Mutex<Recording>
    /// The file's name; `nil` for standard error.
    private let name: String?

    /// Writes JSON lines to a file, which only its owner can read: certificates name people.
    ///
    /// A pipe or a device is written to as it is.
    ///
    /// - Throws: ``Failure`` when the file cannot be made, or is another user's; then it is as it was.
    init(file name: String) throws {
        // A pipe that nobody reads would keep us in open(2).
        let descriptor = unsafe open(name, O_WRONLY | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw TraceWriter.refusal(of: name, errno) }
        do { try TraceWriter.empty(descriptor, called: name) } catch {
            close(descriptor)
            throw error
        }
        recording = Mutex(Recording(file: FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)))
        self.name = name
    }

    /// Writes to standard error, for people.
    init() {
        recording = Mutex(Recording(file: FileHandle(descriptor: 2)))
        name = nil
    }

    /// Makes a file its owner's alone, and empty.
    private static func empty(_ descriptor: Int32, called name: String) throws {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw refusal(of: name, errno) }
        switch status.st_mode & S_IFMT {
        case S_IFIFO, S_IFCHR: return
        case S_IFREG:
            guard status.st_uid == geteuid() else {
                throw Failure("\(name): it belongs to another user", hint: otherFile, exit: .environment)
            }
            guard fchmod(descriptor, 0o600) == 0, ftruncate(descriptor, 0) == 0 else { throw refusal(of: name, errno) }
        default: throw Failure("\(name): it is no file", hint: otherFile, exit: .environment)
        }
    }

    private static func refusal(of name: String, _ number: Int32) -> Failure {
        guard number != ENXIO else {
            return Failure("\(name): nobody reads from it", hint: "start its reader first, or \(otherFile)", exit: .environment)
        }
        return Failure("\(name): \(unsafe String(cString: strerror(number)))", hint: otherFile, exit: .environment)
    }

    func write(_ event: TraceEvent) {
        let line = name == nil ? Self.telling(event) : TraceLine.text(for: event)
        recording.withLock { recording in
            guard name != nil else { return recording.file.write(line: line) }
            guard recording.trouble == nil else { return }
            do { try InputFile.write(Array((line + "\n").utf8), to: recording.file.fileDescriptor) } catch {
                recording.trouble = Self.number(of: error)
            }
        }
    }

    /// Why the recording is not whole, with what else ended the command; `nil` when all of it was taken.
    func failure(besides error: (any Error)? = nil) -> Failure? {
        guard let name else { return nil }
        let trouble = recording.withLock { recording in
            // Some disks tell only now; pipes and devices have nothing to tell (fsync(2), EINVAL).
            if recording.trouble == nil, fsync(recording.file.fileDescriptor) != 0, errno != EINVAL { recording.trouble = errno }
            return recording.trouble
        }
        guard let trouble else { return nil }
        let failure = Failure(
            "the recording \"\(name)\" is not whole: \(unsafe String(cString: strerror(trouble)))",
            hint: "what was done with the card stands; for another recording, \(Self.otherFile)", exit: .environment)
        guard let error, !(error is ExitCode) else { return failure }
        return failure.followed(by: [Failure(error)])
    }

    private static func number(of error: any Error) -> Int32 {
        switch error {
        case let error as POSIXError: error.code.rawValue
        case is CancellationError: ECANCELED
        default: ETIMEDOUT
        }
    }

    /// An event in words: the command with its name, the answer with its meaning.
    static func telling(_ event: TraceEvent) -> String {
        switch event {
        case .opened(let reader, let atr): return "card in \"\(reader.printable)\", ATR \(atr)"
        case .ended(.leave): return "card let go as it is"
        case .ended(.reset): return "card reset"
        case .exchange(let exchange):
            let command = exchange.command
            let name = CommandName.of(command.bytes).map { "  \($0)" } ?? ""
            let milliseconds = (exchange.duration / .milliseconds(1)).formatted(.number.precision(.fractionLength(1)))
            let answer: String
            switch exchange.outcome {
            case .failed(let sentence): answer = sentence.printable
            case .answered(let bytes):
                let status = (try? ResponseAPDU(parsing: bytes)).map { "  \($0.status.meaning)" } ?? "  too short for an answer"
                answer = bytes.hexadecimal + status
            }
            return
                "> \(command.bytes.hexadecimal)\(command.isWithheld ? " and what nobody may see" : "")\(name)\n< \(answer)  \(milliseconds) ms"
        }
    }
}
