import DeviceProtocol
import Devices
import Emulation
import Foundation
import ISO7816
import PCSC
import TestSupport
import Testing
import Verification

/// A card that speaks T=0 alone, as the LuxTrust cards do, in the real pcscd.
@Suite(.timeLimit(.minutes(5))) struct T0CardTests {
    @Test(arguments: [CardKeyKind.rsa2048, .p256])
    func `a login and a payment succeed, and no command has data and Le at once`(_ keys: CardKeyKind) async throws {
        let bank = try await Bank()
        let atr = try ATR(
            parsing: [0x3B, 0x7D, 0x94, 0x00, 0x00, 0x80, 0x31, 0x80, 0x65, 0xB0, 0x83, 0x11, 0x00, 0xC8, 0x83, 0x00, 0x90, 0x00])
        #expect(atr.protocols == [0])
        let card = try VirtualCard.piv(
            holder: "Test Holder", keys: keys, pin: DeviceKindUnderTest.pin, authority: bank.authority, now: bank.clock.now, atr: atr)
        card.powerOn()
        let service = try await PrivatePCSCD.shared
        try await service.withSlot { slot in
            let wire = WireCard(in: slot, atr: atr.bytes) { .answer(card.process($0)) }
            defer { wire.pull() }
            try #require(await service.shows(cardWith: atr, in: slot))
            let device = try await CardDevice.opening(reader: slot.reader, of: PCSCReaders.patient, isEmulated: true)
            try await bank.enrol(card: device, as: .smartcard)
            let payment = try Payment(
                iban: IBAN("LU28 0019 4006 4475 0000"), amount: Amount(decimal: "12.50", currency: Currency("EUR")), payee: "Boulangerie")
            for content in [.login(try Login(place: "Luxembourg", browser: "a test")), .payment(payment)] as [Challenge.Content] {
                let (challenge, presentation) = try await bank.ask(content, of: device)
                let response = try await device.respond(to: presentation, with: ScriptedHolder(pins: [DeviceKindUnderTest.pin]))
                guard case .succeeded = try await bank.operations.submit(response, to: challenge.id) else {
                    Issue.record("the bank takes a signature, whatever way it came")
                    continue
                }
            }
            for bytes in wire.commands {
                let command = try CommandAPDU(parsing: bytes)
                #expect(bytes.count >= 5 && (command.data.isEmpty || command.expectedLength == nil), "\(bytes.hexadecimal)")
            }
            #expect(wire.commands.contains { $0[1] == 0xC0 })
        }
    }
}
