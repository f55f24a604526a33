import CardApplications
import CardTrace
import Foundation
import ISO7816
import PCSC
import Synchronization

/// With which cards the commands of `tessera card` talk, and who listens.
///
/// `tessera card trace` sets it around the command that it runs.
enum CardConversation {
    /// What is done with the conversation of this task.
    struct Settings: Sendable {
        /// Who is told of each event; nobody where `nil`.
        var listener: TraceWriter?
        /// The conversation that takes the place of readers and cards.
        var replay: ReplayedSource?
    }

    @TaskLocal static var settings = Settings()

    /// The readers of this machine, or what takes their place.
    ///
    /// - Parameter isCached: whether certificates that were read before are not read again. A conversation that is told or
    ///   played is whole.
    static func source(deadlines: PCSCDeadlines, isCached: Bool) -> any CardSource {
        let source: any CardSource = settings.replay ?? PCSCReaders(deadlines: deadlines)
        if let listener = settings.listener { return TracedSource(source) { listener.write($0) } }
        guard isCached, settings.replay == nil, let cache = FileObjectCache(environment: ProcessInfo.processInfo.environment) else {
            return source
        }
        return CachedSource(source, cache: cache)
    }
}

/// Where the events of a conversation go, one whole line each, as they happen.
final class TraceWriter: Sendable {
    private let target: Mutex<FileHandle>
    private let isForPeople: Bool

    /// Writes JSON lines to a file, which only its owner can read: certificates name people.
    ///
    /// - Throws: ``Failure`` when the file cannot be made.
    init(file: String) throws {
        // A file that is there already, with rights for others, is not written to as it is.
        let descriptor = unsafe open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0, fchmod(descriptor, 0o600) == 0 else {
            if descriptor >= 0 { close(descriptor) }
            let reason = unsafe String(cString: strerror(errno))
            throw Failure("\(file): \(reason)", hint: "choose another file with --output", exit: .environment)
        }
        target = Mutex(FileHandle(fileDescriptor: descriptor, closeOnDealloc: true))
        isForPeople = false
    }

    /// Writes to standard error, for people.
    init() {
        target = Mutex(FileHandle(descriptor: 2))
        isForPeople = true
    }

    func write(_ event: TraceEvent) {
        let line = isForPeople ? Self.telling(event) : TraceLine.text(for: event)
        target.withLock { $0.write(line: line) }
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
