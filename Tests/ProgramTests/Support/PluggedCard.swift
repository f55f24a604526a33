import Emulation
import Foundation
import TestSupport

/// An emulated card in a slot of the private pcscd, where the program meets it as it meets a real one.
struct PluggedCard {
    /// A PIN that occurs nowhere else in what the program writes.
    static let pin = "74185296"

    let reader: String
    let folder: Folder
    let environment: [String: String]
    /// Where the program keeps certificates; nothing else.
    let cache: Folder
    private let place: VPCDSlot

    /// Lends a card in a slot of its own to `body`.
    ///
    /// - Parameter service: a daemon of the test's own, for programs that open every card that they find.
    static func with(
        _ keys: CardKeyKind = .p256, tries: UInt8 = 5, on service: PrivatePCSCD? = nil, _ body: (PluggedCard) async throws -> Void
    ) async throws {
        let isShared = service == nil
        let service = if let service { service } else { try await PrivatePCSCD.shared }
        try await service.withSlot { slot in
            let folder = try Folder()
            let cache = try Folder()
            let authority = try TestAuthority(now: Date())
            let card = try VirtualCard.piv(holder: "Test Holder", keys: keys, pin: pin, tries: tries, authority: authority, now: Date())
            let place = try await VPCDSlot.inserting(card, host: "127.0.0.1", port: slot.port, patience: .patient)
            let plugged = PluggedCard(
                reader: slot.reader, folder: folder,
                environment: ["PCSCLITE_CSOCK_NAME": service.socket, "XDG_CACHE_HOME": cache.url.path], cache: cache,
                place: place)
            do {
                // Only the shared one can be asked from here.
                let isSeen =
                    if isShared { await service.shows(cardWith: card.atr, in: slot) } else { await plugged.shows("a card", "\(card.atr)") }
                guard isSeen else { throw PrivatePCSCDError.noSlot }
                try Data(authority.root).write(to: folder.url.appending(path: "root.der"))
                try await body(plugged)
            } catch {
                await place.remove()
                throw error
            }
            await place.remove()
        }
    }

    func run(_ arguments: String..., input: String = "") async throws -> ChildProgram.Outcome {
        try await Program.run(arguments + ["--reader", reader], input: input, environment: environment)
    }

    /// Takes the card out and waits until pcscd has seen it.
    func pull() async -> Bool {
        await place.remove()
        return await shows("empty", nil)
    }

    /// Waits until the program finds this in the slot.
    private func shows(_ state: String, _ atr: String?) async -> Bool {
        await eventually {
            let slots = try? await Program.run("readers", "--json", environment: environment).json([Slot].self)
            return slots?.contains(Slot(reader: reader, state: state, atr: atr)) == true
        }
    }
}

/// A reader, as `readers --json` prints it.
struct Slot: Decodable, Equatable {
    let reader: String
    let state: String
    let atr: String?
}
