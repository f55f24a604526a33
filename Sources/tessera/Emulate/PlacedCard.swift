import Emulation

/// An emulated card in its slot: vpcd's, or QEMU's.
enum PlacedCard {
    case vpcd(VPCDSlot)
    case qemu(VSCARDSlot)

    /// Puts the card into its slot.
    ///
    /// - Throws: `CancellationError` when the program was broken off meanwhile; the slot's errors.
    static func insert(_ card: VirtualCard, at place: Endpoint, _ options: EmulationOptions) async throws -> PlacedCard {
        do { return try await inserting(card, at: place, options) } catch {
            try Task.checkCancellation()
            throw error
        }
    }

    private static func inserting(_ card: VirtualCard, at place: Endpoint, _ options: EmulationOptions) async throws -> PlacedCard {
        options.vscard == nil
            ? .vpcd(try await VPCDSlot.inserting(card, host: place.host, port: place.port, faults: options.faults))
            : .qemu(try await VSCARDSlot.inserting(card, host: place.host, port: place.port, slow: options.slow, faults: options.faults))
    }

    func remove() async {
        switch self {
        case .vpcd(let slot): await slot.remove()
        case .qemu(let slot): await slot.remove()
        }
    }

    /// How the slot is, for the person; the same text as long as it is the same.
    var telling: String? {
        switch self {
        case .vpcd(let slot): slot.status.telling
        case .qemu(let slot): slot.status.telling
        }
    }
}

extension VPCDSlot.Status {
    fileprivate var telling: String? {
        switch self {
        case .connected: "vpcd is back; the card is in."
        case .reconnecting(let error): "\(error); trying again."
        case .removed: nil
        }
    }
}

extension VSCARDSlot.Status {
    fileprivate var telling: String? {
        switch self {
        case .waiting: "QEMU is back; its reader has not asked for the card yet."
        case .inserted: "The card is in."
        case .busy: "The card takes its time."
        case .reconnecting(let error): "\(error); trying again."
        case .removed: nil
        }
    }
}
