internal import Glibc

/// Ends the waits of a thread from another one: a pipe whose reading end is polled beside the socket.
final class WakeSignal: Sendable {
    /// Readable from ``raise()`` on, for poll(2).
    let descriptor: Int32
    private let writer: Int32

    /// - Throws: ``VPCDError/system(_:_:)`` when there are too many open files.
    init() throws(VPCDError) {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { throw .system("pipe(2)", errno) }
        descriptor = ends[0]
        writer = ends[1]
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(writer, F_SETFL, O_NONBLOCK)
    }

    deinit {
        close(descriptor)
        close(writer)
    }

    /// Ends the wait that goes on, and all later ones.
    func raise() {
        // Nobody reads the byte: one is enough, and a full pipe is as good.
        var byte: UInt8 = 1
        _ = unsafe write(writer, &byte, 1)
    }

    /// Waits; `true` when the signal was raised before the time was over.
    func wait(milliseconds: Int32) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return polling(milliseconds) { unsafe poll(&entry, 1, $0) } > 0
    }
}
