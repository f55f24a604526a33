import CPCSC
import Glibc

/// A plain thread for calls that block: never one of Swift's own, which are few and must keep running.
///
/// It cannot be stopped from outside. Whoever waits for it does so with a deadline, and it ends by itself.
enum BlockingThread {
    /// What such threads are called in `/proc/self/task/*/comm`, in debuggers and in `ps -L`.
    static let name = "tessera-pcsc"
    /// What a thread is called while it holds a card: it tells other processes who does.
    static let holdingName = "tessera-holding"

    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Says that the thread that calls holds a card from now on.
    static func markAsHolding() { unsafe cpcsc_name_this_thread(holdingName) }

    /// Runs `body` on a thread of its own.
    ///
    /// - Throws: ``PCSCError`` when the system refuses a thread.
    static func start(_ body: @escaping @Sendable () -> Void) throws(PCSCError) {
        let retained = unsafe Unmanaged.passRetained(Body(body))
        var thread = pthread_t()
        let status = unsafe pthread_create(
            &thread, nil,
            { argument in
                unsafe cpcsc_name_this_thread(BlockingThread.name)
                if let argument = unsafe argument { unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            }, retained.toOpaque())
        guard status == 0 else {
            unsafe retained.release()
            throw PCSCError(.noMemory, in: "pthread_create")
        }
        pthread_detach(thread)
    }
}
