import DeviceProtocol
import Synchronization
import Verification

/// What happens on attached devices now, for whoever asks; nothing of it is stored.
final class Board: Sendable {
    /// What is told of an operation besides its state.
    struct Notes: Hashable, Sendable {
        var prompt: PromptForm?
        var place: DeviceQueue.Place?
    }

    /// What is told of a device besides what it is.
    struct Present: Sendable {
        let descriptor: DeviceDescriptor
        var status: DeviceStatus?
        /// Whether somebody has it.
        var owner: String?
        var waiting = 0
    }

    private struct State {
        var operations: [ChallengeID: Notes] = [:]
        var devices: [DeviceID: Present] = [:]
    }

    private let state = Mutex(State())

    func notes(on id: ChallengeID) -> Notes { state.withLock { $0.operations[id] ?? Notes() } }

    /// Changes what is told of an operation; whether anything is different now.
    func note(_ id: ChallengeID, _ change: (inout Notes) -> Void) -> Bool {
        state.withLock { state in
            let before = state.operations[id] ?? Notes()
            var notes = before
            change(&notes)
            state.operations[id] = notes == Notes() ? nil : notes
            return notes != before
        }
    }

    var devices: [Present] { state.withLock { $0.devices.values.sorted { $0.descriptor.id.rawValue < $1.descriptor.id.rawValue } } }

    func device(_ id: DeviceID) -> Present? { state.withLock { $0.devices[id] } }

    func put(_ device: Present) { state.withLock { $0.devices[device.descriptor.id] = device } }

    func remove(_ id: DeviceID) { state.withLock { _ = $0.devices.removeValue(forKey: id) } }

    func change(_ id: DeviceID, _ change: (inout Present) -> Void) {
        state.withLock { state in
            guard var present = state.devices[id] else { return }
            change(&present)
            state.devices[id] = present
        }
    }
}
