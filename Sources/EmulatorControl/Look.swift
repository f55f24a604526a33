import DeviceProtocol
import Secrets

/// What a Scan or phone looks at, and what it said in the end.
struct Look {
    /// How a look ended.
    enum Outcome: Sendable {
        case response(Response)
        case failure(DeviceError)
    }

    /// Tells this look from the ones before it.
    var number = 0
    var task: Task<Void, Never>?
    /// Who began it, and waits until the device asks or is done.
    var settling: Handover<Void, HolderError>?
    var outcome: Outcome?

    /// Looks away; what is still running says nothing any more.
    mutating func stop() -> Task<Void, Never>? {
        number += 1
        outcome = nil
        settle()
        return task.take()
    }

    /// Nobody needs to wait any longer.
    mutating func settle() { _ = settling.take()?.put(()) }
}
