internal import Synchronization

/// What goes wrong with a card in a slot that a plain thread serves, and who is told of its commands.
final class SlotFaults: Sendable {
    private let injector: Mutex<FaultInjector>
    private let observer: (@Sendable (CommandRecord) -> Void)?

    /// - Parameter observer: is told on the slot's thread of each command as the card has seen it.
    init(_ plan: FaultPlan, observer: (@Sendable (CommandRecord) -> Void)?) {
        injector = Mutex(FaultInjector(plan))
        self.observer = observer
    }

    /// Tells the card where it loses power; once it is in the slot.
    func arm(_ card: VirtualCard) { injector.withLock { $0.arm(card) } }

    /// The answer to `command`, late or wrong as planned.
    ///
    /// - Throws: `removed` when the card is pulled, by the plan or meanwhile; ``VPCDError/fault(_:)``, in the words of this
    ///   slot, when there is no answer: the connection is to be given up, since a frame without bytes would hang vpcd.
    func answer<Status: SlotStatus>(to command: [UInt8], in thread: SlotThread<Status>) throws(Status.Failure) -> [UInt8] {
        let faulted = injector.withLock { $0.strike(command) }
        guard !Self.isStopped(thread, during: faulted.pauseBefore) else {
            observer?(faulted.unrun)
            throw .removed
        }
        let (ending, record) = faulted.run(on: thread.card, tellsResets: false)
        observer?(record)
        guard !Self.isStopped(thread, during: faulted.pauseAfter) else { throw .removed }
        switch ending {
        case .answer(let bytes): return bytes
        case .nothing(let fault), .unpowered(let fault), .foreignReset(let fault): throw Status.Failure(.fault("\(fault)"))
        case .pulled: throw .removed
        }
    }

    /// Lets time pass; `true` when the card is taken out meanwhile.
    private static func isStopped<Status: SlotStatus>(_ thread: SlotThread<Status>, during pause: FaultPause?) -> Bool {
        switch pause {
        case nil: false
        case .milliseconds(let count): thread.isStopped(within: Int32(clamping: count))
        case .untilTheEnd: thread.isStopped(within: -1)
        }
    }
}
