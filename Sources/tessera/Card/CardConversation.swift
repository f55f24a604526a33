import CardApplications
import CardTrace
import Foundation
import ISO7816
import PCSC

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
