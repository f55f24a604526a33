public import DeviceProtocol
public import ISO7816

/// The devices behind a ``CardSource``: each known card is one; unknown and mute ones are left out.
public struct CardDevices: DeviceSource {
    private let source: any CardSource
    private let isEmulated: Bool
    private let usesPinpads: Bool
    private let clock: any Clock<Duration>

    /// Devices of `source`.
    ///
    /// - Parameters:
    ///   - isEmulated: whether the cards are programs.
    ///   - usesPinpads: whether PINs are entered on the keys of readers that have some.
    ///   - clock: measures the pauses between attempts to open a card that is held or stuck.
    public init(
        of source: any CardSource, isEmulated: Bool, usesPinpads: Bool = true, clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.source = source
        self.isEmulated = isEmulated
        self.usesPinpads = usesPinpads
        self.clock = clock
    }

    private func opening(_ reader: String) async throws(CardError) -> CardDevice {
        try await CardDevice.opening(reader: reader, of: source, isEmulated: isEmulated, usesPinpad: usesPinpads)
    }

    /// The known cards that are there now, and can be reached.
    ///
    /// A card that cannot be reached, because another program holds it or its reader is stuck, does not hide the others;
    /// when it is the only one, it is the reason and not silence.
    ///
    /// - Throws: ``DeviceError``, e.g. `serviceAbsent`; without any device that of the first card that could not be reached,
    ///   e.g. `heldByAnotherProgram`.
    public func devices() async throws(DeviceError) -> [any Device] {
        let slots: [CardSlot]
        do { slots = try await source.slots() } catch { throw DeviceError(error, "readers") }
        var devices: [any Device] = []
        var failure: DeviceError?
        for slot in slots where slot.holdsCard {
            do {
                devices.append(try await opening(slot.reader))
            } catch {
                // Nobody waits for the rest.
                if error.code == .cancelled { throw DeviceError(error, slot.reader) }
                if !error.isNoDevice { failure = failure ?? DeviceError(error, slot.reader) }
            }
        }
        if devices.isEmpty, let failure { throw failure }
        return devices
    }

    /// Cards coming and going, those already there first.
    ///
    /// A card that another program holds, or whose reader is stuck, arrives once it can be reached; it is tried again after
    /// a quarter of a second, then ever more rarely, up to every eight. Readers do not wait for each other.
    public func events() -> AsyncStream<DeviceEvent> {
        AsyncStream { continuation in
            let task = Task {
                var present: [CardSlot: CardPresence] = [:]
                for await slots in source.changes() {
                    for (slot, presence) in present where !slots.contains(where: slot.isSameCard) {
                        present[slot] = nil
                        presence.end()
                    }
                    for slot in slots where slot.holdsCard && !present.keys.contains(where: slot.isSameCard) {
                        let presence = CardPresence(telling: continuation)
                        present[slot] = presence
                        presence.begin(
                            { () async throws(CardError) in try await opening(slot.reader) }, pausing: clock)
                    }
                }
                for presence in present.values { presence.end() }
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
