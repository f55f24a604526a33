public import DeviceProtocol
public import ISO7816

/// The devices behind a ``CardSource``: each known card is one; unknown and silent ones are left out.
public struct CardDevices: DeviceSource {
    private let source: any CardSource
    private let isEmulated: Bool

    /// Devices of `source`.
    ///
    /// - Parameter isEmulated: whether the cards are programs.
    public init(of source: any CardSource, isEmulated: Bool) {
        self.source = source
        self.isEmulated = isEmulated
    }

    /// The known cards that are there now.
    ///
    /// - Throws: ``DeviceError``, e.g. `serviceAbsent`.
    public func devices() async throws(DeviceError) -> [any Device] {
        let slots: [CardSlot]
        do { slots = try await source.slots() } catch { throw DeviceError(error, "readers") }
        var devices: [any Device] = []
        for slot in slots where slot.holdsCard {
            if let device = try? await CardDevice.opening(reader: slot.reader, of: source, isEmulated: isEmulated) {
                devices.append(device)
            }
        }
        return devices
    }

    /// Cards coming and going, those already there first.
    public func events() -> AsyncStream<DeviceEvent> {
        AsyncStream { continuation in
            let task = Task {
                var present: [CardSlot: DeviceID] = [:]
                for await slots in source.changes() {
                    for (slot, id) in present where !slots.contains(where: slot.isSameCard) {
                        present[slot] = nil
                        continuation.yield(.left(id))
                    }
                    for slot in slots where slot.holdsCard && !present.keys.contains(where: slot.isSameCard) {
                        guard let device = try? await CardDevice.opening(reader: slot.reader, of: source, isEmulated: isEmulated) else {
                            continue
                        }
                        present[slot] = device.descriptor.id
                        continuation.yield(.arrived(device))
                    }
                }
                continuation.finish()
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }
}

extension CardSlot {
    fileprivate var holdsCard: Bool { if case .card = content { true } else { false } }

    /// Whether the same card sits in the same reader, whoever holds it at the moment.
    fileprivate func isSameCard(_ other: CardSlot) -> Bool {
        guard reader == other.reader, case .card(let atr, _) = content, case .card(let otherATR, _) = other.content else { return false }
        return atr == otherATR
    }
}
