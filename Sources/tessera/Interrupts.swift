import Dispatch
import Foundation
import Synchronization

/// Ctrl-C, a polite kill, a terminal or a reader of our output that went away: the task is cancelled, so that cards are let
/// go, the terminal is left as it was, and temporary files are removed.
///
/// A second Ctrl-C ends the program at once.
final class Interrupts {
    private let sources: [any DispatchSourceSignal]
    private let first = First()

    init(_ cancel: @escaping @Sendable () -> Void) {
        // A write that nobody reads fails then, and is told by hangUp(); Dispatch cannot wait for this signal.
        Foundation.signal(SIGPIPE, SIG_IGN)
        sources = [SIGINT, SIGTERM, SIGHUP].map { [first] number in
            Foundation.signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                Foundation.signal(number, SIG_DFL)
                first.note(number)
                cancel()
            }
            source.resume()
            return source
        }
    }

    /// The signal that came first.
    var signal: Int32? { first.number.withLock { $0 } }

    /// Tells that nobody is there any more who reads standard output.
    static func hangUp() { kill(getpid(), SIGHUP) }

    private final class First: Sendable {
        let number = Mutex<Int32?>(nil)
        func note(_ signal: Int32) { number.withLock { $0 = $0 ?? signal } }
    }
}
