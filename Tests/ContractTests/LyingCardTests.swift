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
        let readers = PCSCReaders.patient
        let service = try await PrivatePCSCD.shared
        let card = try VirtualCard.pkcs15(holder: "Test Holder", keys: .p256, authority: TestAuthority(now: Date()), now: Date())
        try await service.withSlot { slot in
            let place = try await VPCDSlot.inserting(card, host: "127.0.0.1", port: slot.port, patience: .patient)
            #expect(await service.shows(cardWith: card.atr, in: slot))
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
