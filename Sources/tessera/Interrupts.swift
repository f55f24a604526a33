import Dispatch
import Foundation
import Synchronization

/// Ctrl-C, a polite kill, a terminal or a reader of our output that went away: the task is cancelled, so that cards are let
/// go, the terminal is left as it was, and temporary files are removed.
///
/// A second Ctrl-C ends the program at once: a person has waited long enough. Who sends the other signals twice is a program,
/// and can kill.
final class Interrupts {
    /// What ends the program; it has one standard output, and one way to end.
    private static let end = Mutex<(@Sendable (Int32?) -> Void)?>(nil)
    private static let broken = Mutex(false)
    private static let firstName = Mutex<String?>(nil)
    private static let interruption = Mutex(Interruption.none)

    /// What has come of Ctrl-C: nothing, one that may have an echo, one after which the next ends the program.
    private enum Interruption {
        case none, fresh, heard
    }

    /// Who interrupts a program and its group, like `timeout -s INT`, sends two at a time, and means one; a person is slower.
    private static let echo = DispatchTimeInterval.milliseconds(50)

    /// How long the program waits until signals are caught, which takes some microseconds.
    private static let patience = DispatchTimeInterval.seconds(5)

    private let sources: [any DispatchSourceSignal]
    private let work = Work()

    /// Catches the signals; whoever starts work behind it can be broken off from its beginning.
    init() {
        let end = { @Sendable [work] (number: Int32?) in work.end(number) }
        Self.end.withLock { $0 = end }
        // A write that nobody reads fails then, and is told by hangUp(); Dispatch cannot wait for this signal.
        Foundation.signal(SIGPIPE, SIG_IGN)
        // A file that may not grow any more is a write that fails, and whoever writes tells it.
        Foundation.signal(SIGXFSZ, SIG_IGN)
        let signals = [(SIGINT, "SIGINT"), (SIGTERM, "SIGTERM"), (SIGHUP, "SIGHUP")]
        let caught = DispatchGroup()
        sources = signals.filter { !Self.isIgnored($0.0) }.map { number, name in
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                Self.firstName.withLock { $0 = $0 ?? name }
                if number == SIGINT { Self.interrupt() }
                end(number)
            }
            caught.enter()
            source.setRegistrationHandler { caught.leave() }
            source.resume()
            return source
        }
        _ = caught.wait(timeout: .now() + Self.patience)
    }

    /// Cancels the task when there is a signal, or was one already.
    func cancel(_ task: Task<some Sendable, Never>) { work.begin { task.cancel() } }

    /// The signal that came first.
    var signal: Int32? { work.signal }

    /// The name of the signal that came first, in this program: `SIGHUP`.
    static var received: String? { firstName.withLock { $0 } }

    /// Nobody is there any more who reads standard output.
    static func hangUp() {
        broken.withLock { $0 = true }
        end.withLock { $0 }?(SIGPIPE)
    }

    /// Standard output takes nothing more, for want of space or another reason.
    static func breakOutput() {
        broken.withLock { $0 = true }
        end.withLock { $0 }?(nil)
    }

    /// Whether something that was written to standard output did not arrive.
    static var isOutputBroken: Bool { broken.withLock { $0 } }

    /// Leaves a second Ctrl-C to the system, or ends the program of it.
    ///
    /// The system gives it to Dispatch, too, as long as the one thread that does not block it has not run since the first.
    private static func interrupt() {
        let former = interruption.withLock { now in
            defer { if now == .none { now = .fresh } }
            return now
        }
        switch former {
        case .none:
            DispatchQueue.global().asyncAfter(deadline: .now() + echo) {
                interruption.withLock { $0 = .heard }
                Foundation.signal(SIGINT, SIG_DFL)
            }
        case .fresh: break
        case .heard:
            var alone = sigset_t()
            unsafe sigemptyset(&alone)
            unsafe sigaddset(&alone, SIGINT)
            _ = unsafe pthread_sigmask(SIG_UNBLOCK, &alone, nil)
            raise(SIGINT)
        }
    }

    /// Whether whoever started the program wants it to outlive this signal: `nohup`, or a shell without job control.
    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        guard unsafe sigaction(number, nil, &action) == 0 else { return false }
        return unsafe unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
    }

    /// What is broken off, and by what.
    private final class Work: Sendable {
        private struct State {
            var signal: Int32?
            var isOver = false
            var cancel: (@Sendable () -> Void)?
        }

        private let state = Mutex(State())
        var signal: Int32? { state.withLock { $0.signal } }

        func begin(_ cancel: @escaping @Sendable () -> Void) {
            let isOver = state.withLock { state in
                state.cancel = cancel
                return state.isOver
            }
            if isOver { cancel() }
        }

        func end(_ number: Int32?) {
            let cancel = state.withLock { state in
                state.signal = state.signal ?? number
                state.isOver = true
                return state.cancel
            }
            cancel?()
        }
    }
}
