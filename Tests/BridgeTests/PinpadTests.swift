import DeviceProtocol
import Devices
import Emulation
import Foundation
import ISO7816
import PCSC
import Synchronization
import TestSupport
import Testing
import Verification

@testable import Bridge

/// A card in a reader with keys, through pcscd and libccid's own driver, driven by the Runner.
@Suite(.timeLimit(.minutes(5))) struct PinpadTests {
    /// A card that answers VERIFY when it is let.
    private final class HeldCard: Sendable {
        private let card: VirtualCard
        private let isLet = DispatchSemaphore(value: 0)

        init(_ card: VirtualCard) {
            self.card = card
            card.powerOn()
        }

        func process(_ command: [UInt8]) -> [UInt8] {
            // With a PIN in it; without one it asks for the tries.
            if command.count > 5, command[1] == 0x20 { _ = isLet.wait(timeout: .now() + 60) }
            return card.process(command)
        }

        func verify() { isLet.signal() }
    }

    @Test func `the person is told to use the reader's keys, sees the tries left, and can break off there`() async {
        await #expect(processExitsWith: .success) {
            let world = try TestWorld()
            let atr = try ATR(parsing: [0x3B, 0x00])
            let card = HeldCard(
                try VirtualCard.piv(
                    holder: "Alice Test", keys: .p256, pin: TestWorld.pin, authority: world.authority, now: world.now, atr: atr))
            let pinpad = try #require(
                SerialPinpad(presses: [.digits(["000000"]), .digits([TestWorld.pin]), .cancel, .nothing]) { card.process($0) })
            let service = try await PrivatePCSCD.start(with: pinpad, holding: atr)
            defer { service.stop() }
            let readers = PCSCReaders.patient
            let device = try await CardDevice.opening(reader: pinpad.reader, of: readers, isEmulated: true)
            try await world.enrol(device)
            let daemon = try TestDaemon(world, cards: readers)
            let name = device.descriptor.id
            #expect(await daemon.isReady(name))

            let id = try await daemon.begin(on: name)
            #expect(await daemon.isAsked(.enterPINOnPinpad, for: id))
            let asked = daemon.prompt(of: id)
            #expect(asked?.triesLeft == 5 && asked?.device == pinpad.reader && asked?.previousWasWrong != true)
            // Nobody knows how far the person is, so that it is theirs alone to break off now.
            #expect(try await daemon.state(of: id) == .working)
            await #expect(throws: VerificationError.working(id)) { try await daemon.runner.cancel(id) }
            card.verify()
            #expect(await eventually { daemon.prompt(of: id)?.previousWasWrong == true })
            #expect(daemon.prompt(of: id)?.kind == .enterPINOnPinpad && daemon.prompt(of: id)?.triesLeft == 4)
            card.verify()
            #expect(try await daemon.ends(id, as: "succeeded"))
            #expect(await eventually { daemon.prompt(of: id) == nil })

            // The cancel key, and nobody at the keys.
            for _ in 0..<2 {
                let next = try await daemon.begin(on: name)
                #expect(try await daemon.ends(next, as: "cancelled"))
            }
            #expect(pinpad.entries.count == 4)
            #expect(daemon.person.asked.isEmpty, "no PIN was asked for here")
            await daemon.stop()
        }
    }
}
