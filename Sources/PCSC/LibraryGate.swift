import Dispatch
import Glibc
import Synchronization

/// Where every call into libpcsclite passes, and where none begins once the process has begun to end.
///
/// When a process exits, pcsc-lite 1.9 throws its list of contexts away without taking its own lock. A thread that calls it
/// meanwhile, as a monitor's does four times a second, crashes, and the process's exit status is lost with it.
enum LibraryGate {
    private struct State {
        var callsInside = 0
        var exiting: pthread_t?
    }

    private static let state = Mutex(State())
    private static let isEmpty = DispatchSemaphore(value: 0)
    /// How long an ending process waits for calls: one wait for a change.
    ///
    /// Calls that take longer, a card's computation for instance, have long found what they need in that list.
    private static let patience = ReaderMonitor.slice + .milliseconds(50)
    /// Closes the gate as the process exits, before the C library's own end.
    private static let closing: Void = { _ = atexit { LibraryGate.close() } }()

    /// Calls the library; does not return in a process that has begun to end.
    static func pass<Status>(_ call: () -> Status) -> Status {
        _ = closing
        let isClosed = state.withLock { state in
            // What runs at exit after us may still say goodbye to a card: it is alone then.
            guard state.exiting.map({ pthread_equal($0, pthread_self()) != 0 }) ?? true else { return true }
            state.callsInside += 1
            return false
        }
        while isClosed { pause() }
        defer {
            state.withLock { state in
                state.callsInside -= 1
                if state.callsInside == 0, state.exiting != nil { isEmpty.signal() }
            }
        }
        return call()
    }

    private static func close() {
        let callsInside = state.withLock { state in
            state.exiting = pthread_self()
            return state.callsInside
        }
        if callsInside > 0 { _ = isEmpty.wait(timeout: .now() + .milliseconds(Int(patience / .milliseconds(1)))) }
    }
}
