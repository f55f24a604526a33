import Dispatch
import Foundation

/// Ctrl-C and a polite kill: the task is cancelled, so that cards are let go and the terminal is left as it was.
///
/// A second Ctrl-C ends the program at once.
final class Interrupts {
    private let sources: [any DispatchSourceSignal]

    init(_ cancel: @escaping @Sendable () -> Void) {
        sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                signal(number, SIG_DFL)
                cancel()
            }
            source.resume()
            return source
        }
    }

    func end() { for source in sources { source.cancel() } }
}
