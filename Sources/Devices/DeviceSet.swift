public import DeviceProtocol

/// Several sources as one: attached cards, emulated hand-held devices, whatever offers ``Device``.
public struct DeviceSet: DeviceSource {
    private let fixed: [any Device]
    private let sources: [any DeviceSource]

    /// Joins devices that are always there with sources whose devices come and go.
    public init(_ fixed: [any Device] = [], sources: [any DeviceSource] = []) {
        self.fixed = fixed
        self.sources = sources
    }

    /// The devices of all sources that are there now.
    ///
    /// - Throws: ``DeviceError`` of the first source that fails.
    public func devices() async throws(DeviceError) -> [any Device] {
        var devices = fixed
        for source in sources { devices += try await source.devices() }
        return devices
    }

    /// Coming and going in all sources; ends when all of them have.
    public func events() -> AsyncStream<DeviceEvent> {
        AsyncStream { continuation in
            for device in fixed { continuation.yield(.arrived(device)) }
            let task = Task {
                await withTaskGroup { group in
                    for source in sources {
                        group.addTask { for await event in source.events() { continuation.yield(event) } }
                    }
                }
                continuation.finish()
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }
}
