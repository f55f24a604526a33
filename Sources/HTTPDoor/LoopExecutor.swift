import NIOCore

/// On which thread a door's routes answer.
public enum AnsweringThread: Sendable {
    /// On any of Swift's own: for routes that may compute for long.
    case any
    /// On the one where the connection's bytes arrive, whose other connections wait meanwhile: for many short answers, since going to
    /// another thread and back costs more than most of them. What takes longer than some milliseconds has to go to
    /// `globalConcurrentExecutor` by itself.
    case connection
}

/// Runs tasks on the thread of an event loop.
final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
