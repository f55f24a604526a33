import DeviceProtocol
import Synchronization
import Verification

/// What happens on attached devices now, for whoever asks; nothing of it is stored.
final class Board: Sendable {
    /// What is told of an operation besides its state.
    struct Notes: Hashable, Sendable {
        var prompt: PromptForm?
        var place: DeviceQueue.Place?
        /// Another one at each change, also over a restart; 0 where there is nothing to tell.
        fileprivate(set) var number: Int64 = 0
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
        var lastNumber: Int64
    }

    private let state: Mutex<State>

    /// - Parameter seconds: when it begins; a later board counts its notes from a higher number on.
    init(from seconds: Double = 0) { state = Mutex(State(lastNumber: Int64(min(max(seconds, 0), 4e9)) << 20)) }

    func notes(on id: ChallengeID) -> Notes { state.withLock { $0.operations[id] ?? Notes() } }

    /// Changes what is told of an operation; whether anything is different now.
    func note(_ id: ChallengeID, _ change: (inout Notes) -> Void) -> Bool {
        state.withLock { state in
            let before = state.operations[id] ?? Notes()
            var notes = before
            change(&notes)
            notes.number = before.number
            if notes == before { return false }
            if notes.prompt == nil, notes.place == nil {
                state.operations[id] = nil
            } else {
                state.lastNumber += 1
                notes.number = state.lastNumber
                state.operations[id] = notes
            }
            return true
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
