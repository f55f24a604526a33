import HTTPDoor

/// The state of all devices, then each change, as server-sent events (WHATWG HTML, 9.2.6).
///
/// Who reads slowly gets fewer states, and always the latest; so nothing has to be sent again after a reconnect.
struct EmulatorEvents: AsyncSequence, Sendable {
    typealias Element = ServerSentEvent

    let emulators: Emulators

    func makeAsyncIterator() -> Iterator { Iterator(emulators) }

    /// Listens for as long as it is there.
    struct Iterator: AsyncIteratorProtocol {
        private final class Ear: Sendable {
            let listener: EmulatorListener

            init(_ listener: EmulatorListener) { self.listener = listener }
            deinit { listener.end() }
        }

        private let emulators: Emulators
        private let ear: Ear
        private var names: ArraySlice<String>

        fileprivate init(_ emulators: Emulators) {
            self.emulators = emulators
            ear = Ear(emulators.listen())
            names = emulators.all.map(\.id)[...]
        }

        mutating func next() async throws -> ServerSentEvent? {
            if names.isEmpty {
                guard let heard = await ear.listener.next() else { return nil }
                names = heard[...]
            }
            guard let name = names.popFirst() else { return nil }
            guard let device = try? emulators.device(name) else { return try ServerSentEvent(name: "removed", json: ["id": name]) }
            return try ServerSentEvent(name: "emulator", json: device.seen)
        }
    }
}
