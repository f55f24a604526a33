internal import CLinux
internal import Glibc
internal import Synchronization

/// Ends the waits of a thread from another one: a pipe whose reading end is polled beside the socket, and the end of the
/// socket itself for a thread that blocks in a call.
final class WakeSignal: Sendable {
    /// Readable from ``raise()`` on, for poll(2).
    let descriptor: Int32
    private let writer: Int32
    private let state = Mutex(State())

    private struct State {
        var isRaised = false
        /// The socket that is shut down; it is forgotten before it is closed, since its number may then be another's.
        var socket: Int32?
    }

    /// - Throws: ``VPCDError/system(_:_:)`` when there are too many open files.
    init() throws(VPCDError) {
        var ends: [Int32] = [-1, -1]
        guard unsafe linux_pipe(&ends) == 0 else { throw .system("pipe2(2)", errno) }
        descriptor = ends[0]
        writer = ends[1]
        _ = fcntl(writer, F_SETFL, O_NONBLOCK)
    }

    deinit {
        close(descriptor)
        close(writer)
    }

    /// Ends the wait that goes on, and all later ones.
    func raise() {
        state.withLock {
            $0.isRaised = true
            if let socket = $0.socket { _ = shutdown(socket, Int32(SHUT_RDWR)) }
        }
        // Nobody reads the byte: one is enough, and a full pipe is as good.
        var byte: UInt8 = 1
        _ = unsafe write(writer, &byte, 1)
    }

    /// Whether the waits are over.
    var isRaised: Bool { state.withLock { $0.isRaised } }

    /// Shuts this socket down when the signal is raised; `false` when it was raised already.
    func shutsDown(_ socket: Int32) -> Bool {
        state.withLock {
            guard !$0.isRaised else { return false }
            $0.socket = socket
            return true
        }
    }

    /// Lets a socket go that is about to be closed.
    func forget(_ socket: Int32) { state.withLock { if $0.socket == socket { $0.socket = nil } } }

    /// Waits; `true` when the signal was raised before the time was over.
    func wait(milliseconds: Int32) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return polling(milliseconds) { unsafe poll(&entry, 1, $0) } > 0
    }
}
