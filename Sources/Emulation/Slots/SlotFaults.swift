internal import Synchronization

/// What goes wrong with a card in a slot that a plain thread serves, and who is told of its commands.
final class SlotFaults: Sendable {
    private let injector: Mutex<FaultInjector>
    private let observer: (@Sendable (CommandRecord) -> Void)?
    /// Nothing is planned, and nobody is told: then nothing is counted either.
    private let areNone: Bool

    /// - Parameter observer: is told on the slot's thread of each command as the card has seen it.
    init(_ plan: FaultPlan, observer: (@Sendable (CommandRecord) -> Void)?) {
        injector = Mutex(FaultInjector(plan))
        self.observer = observer
        areNone = plan.faults.isEmpty && observer == nil
    }

    /// Tells the card where it loses power; once it is in the slot.
    func arm(_ card: VirtualCard) { injector.withLock { $0.arm(card) } }

    /// The answer to `command`, late or wrong as planned; `nil` when the peer did not wait for it and said something else.
    ///
    /// - Parameters:
    ///   - connection: to the peer. Pauses end when it ends, or when bytes come.
    ///   - isLast: whether nothing that came with the command is still to be read; otherwise the peer waits no more.
    /// - Throws: `removed` when the card is pulled, by the plan or meanwhile; ``VPCDError/fault(_:)``, in the words of this
    ///   slot, when there is no answer: the connection is to be given up, since a frame without bytes would hang vpcd.
    func answer<Failure: SlotFailure>(
        to command: [UInt8], of card: VirtualCard, on connection: borrowing SlotConnection<Failure>, isLast: Bool
    ) throws(Failure) -> [UInt8]? {
        guard !areNone else { return card.process(command) }
        let faulted = injector.withLock { $0.strike(command) }
        do throws(Failure) {
            guard try Self.isAwaited(during: faulted.pauseBefore, on: connection, isLast) else {
                observer?(faulted.unrun)
                return nil
            }
        } catch {
            observer?(faulted.unrun)
            throw error
        }
        let (ending, record) = faulted.run(on: card, tellsResets: false)
        observer?(record)
        guard try Self.isAwaited(during: faulted.pauseAfter, on: connection, isLast) else { return nil }
        switch ending {
        case .answer(let bytes): return bytes
        case .nothing(let fault), .unpowered(let fault), .foreignReset(let fault): throw Failure(.fault("\(fault)"))
        case .pulled: throw .removed
        }
    }

    /// Lets time pass; `false` when the peer says something before it is over.
    private static func isAwaited<Failure: SlotFailure>(
        during pause: FaultPause?, on connection: borrowing SlotConnection<Failure>, _ isLast: Bool
    ) throws(Failure) -> Bool {
        guard let pause else { return true }
        guard isLast else { return false }
        switch pause {
        case .milliseconds(let count): return try connection.pause(milliseconds: Int32(clamping: count))
        case .untilTheEnd: return try connection.pause(milliseconds: -1)
        }
    }
}
