import DeviceProtocol
import FoundationEssentials
import Secrets
import Synchronization
import Verification

/// Something that an attached device is to do, from its place in the queue to its end.
final class Job: Sendable {
    /// What is to be done.
    enum Work: Sendable {
        /// An operation: its answer is submitted.
        case operation(Verification.Operation)
        /// A challenge whose answer somebody waits for.
        case answer(ChallengeID?, Presentation, Handover<Response, DeviceError>)
    }

    /// Why a device is not to go on.
    enum Stop: Hashable, Sendable {
        /// Nobody wants the answer any more: cancelled, lapsed, expired, or answered otherwise.
        case over
        /// The device has left: this ends an attempt, and nothing else; it is waited for.
        case left
        /// The claim is over, and others take the operation for lost.
        case late
        /// This program ends; what is pending goes on after the next start.
        case shutdown
    }

    /// What is known of a run.
    struct Run {
        var lease: Lease?
        /// Why the device is not to go on; `nil` while it may.
        var stop: Stop?
        /// Whether the device may have done what must not be repeated.
        var isClaimed = false
        /// Whether that is on its way to the store, which may have taken it already.
        var isClaiming = false
        /// When others take it for lost, since the start of the clock.
        var claimEnd: Duration?
        /// Whether the store did not take the claim, so that nothing was handed to the device.
        var wasClaimRefused = false
        /// Whether the person is being asked something.
        var isPrompting = false
        /// The task in which the device answers.
        var attempt: Task<Result<Response, DeviceError>, Never>?

        /// Whether it can be stopped without anything being lost: the device has got nothing, or waits for the person.
        var isHarmlessToStop: Bool { !isClaimed && !isClaiming || isPrompting }
    }

    let number: UInt64
    /// Who waits for it, and is written down for what comes of it.
    let requester: Requester
    let device: DeviceID
    let work: Work
    /// When nobody can answer any more.
    let expiresAt: Date
    private let run: Mutex<Run>

    init(_ number: UInt64, of requester: Requester, on device: DeviceID, _ work: Work, lease: Lease?, expiresAt: Date) {
        self.number = number
        self.requester = requester
        self.device = device
        self.work = work
        self.expiresAt = expiresAt
        run = Mutex(Run(lease: lease))
    }

    /// Who waits for it, by the name that the door knows them by.
    var caller: String { requester.caller }

    /// The operation's name.
    var id: ChallengeID? {
        switch work {
        case .operation(let operation): operation.id
        case .answer(let id, _, _): id
        }
    }

    /// The operation that is run, and ended here.
    var operation: Verification.Operation? { if case .operation(let operation) = work { operation } else { nil } }

    /// What is known of the run.
    var state: Run { run.withLock { $0 } }

    func change<R: Sendable>(_ body: (inout sending Run) -> sending R) -> R { run.withLock(body) }

    /// Whether another attempt may be made, whatever became of the device in the one before.
    var mayGoOn: Bool { run.withLock { $0.stop == nil || $0.stop == .left } }

    /// Forgets that the device has left, before it is looked for; whether another attempt may be made.
    func goesOn() -> Bool {
        run.withLock { run in
            if run.stop == .left { run.stop = nil }
            return run.stop == nil
        }
    }

    /// Ends the attempt that runs, for the first reason that comes.
    func stop(_ reason: Stop) {
        let attempt = run.withLock { run in
            // That nobody wants the answer outweighs all other reasons, and each of them that the device has left.
            if run.stop == nil || run.stop == .left || reason == .over { run.stop = reason }
            return run.attempt
        }
        attempt?.cancel()
    }
}
