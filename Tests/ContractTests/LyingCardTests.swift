import DeviceProtocol
import Devices
import Emulation
import Foundation
import ISO7816
import PCSC
import TestSupport
import Testing

/// A card that lies, behind the real pcscd.
@Suite(.timeLimit(.minutes(5))) struct LyingCardTests {
    @Test(arguments: CardLie.allCases) func `a lie ends in an error, and the honest card works again`(lie: CardLie) async throws {
        let patience = Duration.seconds(60)
        let readers = PCSCReaders(
            deadlines: PCSCDeadlines(connect: patience, beginTransaction: patience, transmit: patience, status: patience))
        let card = try VirtualCard.pkcs15(holder: "Test Holder", keys: .p256, authority: TestAuthority(now: Date()), now: Date())
        try await PrivatePCSCD.shared.withSlot { slot in
            let place = try await VPCDSlot.inserting(card, host: "127.0.0.1", port: slot.port)
            let isSeen = await eventually {
                (try? await readers.slots().first { $0.reader == slot.reader }?.content) == .card(card.atr, exclusive: false)
            }
            #expect(isSeen)
            card.tell(lie)
            await #expect(throws: CardError.self) {
                try await CardDevice.opening(reader: slot.reader, of: readers, isEmulated: true)
            }
            card.tell(nil)
            let device = try await CardDevice.opening(reader: slot.reader, of: readers, isEmulated: true)
            #expect(device.descriptor.isEmulated)
            await place.remove()
        }
    }
}
