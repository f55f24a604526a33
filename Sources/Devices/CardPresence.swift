import DeviceProtocol
import ISO7816
import Synchronization

/// One card in one reader, from its coming to its going, as events tell it: arrived at most once, and left only after that.
final class CardPresence: Sendable {
    private enum State {
        case opening
        case present(DeviceID)
        case gone
    }

    private let continuation: AsyncStream<DeviceEvent>.Continuation
    private let state = Mutex(State.opening)
    private let task = Mutex<Task<Void, Never>?>(nil)

    init(telling continuation: AsyncStream<DeviceEvent>.Continuation) { self.continuation = continuation }

    /// Opens the card in a task of its own, again and again while it is held or stuck, and tells that it has arrived.
    func begin(_ open: @escaping @Sendable () async throws(CardError) -> CardDevice, pausing clock: any Clock<Duration>) {
        task.withLock {
            $0 = Task {
                var pause = Duration.milliseconds(250)
                while !Task.isCancelled {
                    do throws(CardError) {
                        return arrive(try await open())
                    } catch {
                        guard error.isTransient else { return }
                    }
                    guard (try? await clock.sleep(for: pause)) != nil else { return }
                    pause = min(pause * 2, .seconds(8))
                }
            }
        }
    }

    /// Ends the opening, or tells that the card has left.
    func end() {
        task.withLock { $0?.cancel() }
        state.withLock {
            if case .present(let id) = $0 { continuation.yield(.left(id)) }
            $0 = .gone
        }
    }

    private func arrive(_ device: CardDevice) {
        state.withLock {
            guard case .opening = $0 else { return }
            $0 = .present(device.descriptor.id)
            continuation.yield(.arrived(device))
        }
    }
}

extension CardError {
    /// Whether the same card may well answer a little later: another program holds it, or the way to it is blocked.
    fileprivate var isTransient: Bool {
        switch code {
        case .heldByAnotherProgram, .readerStuck, .readerUnavailable, .unresponsive, .reset, .removed, .cardMissing, .readerMissing,
            .accessDenied,
            .serviceAbsent, .serviceSilent:
            true
        case .malformedAnswer, .refused, .notSupported, .unknownCard, .unsuitablePIN, .pinEntryTimedOut, .pinEntryCancelled,
            .newPINsDiffer, .cancelled:
            false
        }
    }

    /// Whether it is no card for us, rather than one that cannot be reached.
    var isNoDevice: Bool { code == .unknownCard || code == .unresponsive || code == .notSupported }
}
