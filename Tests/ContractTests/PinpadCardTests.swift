import DeviceProtocol
import Devices
import Emulation
import Foundation
import ISO7816
import PCSC
import TestSupport
import Testing
import Verification

/// A card in a reader with keys, from the bank's question to its verdict, through pcscd and libccid's own driver.
@Suite(.timeLimit(.minutes(5))) struct PinpadCardTests {
    @Test func `a PIN entered on the reader's keys agrees to a payment, and none passes through here`() async {
        await #expect(processExitsWith: .success) {
            let bank = try await Bank()
            let atr = try ATR(parsing: [0x3B, 0x00])
            let card = try VirtualCard.piv(
                holder: "Test Holder", keys: .p256, pin: DeviceKindUnderTest.pin, authority: bank.authority, now: bank.clock.now, atr: atr)
            card.powerOn()
            let pinpad = try #require(
                SerialPinpad(presses: [.digits(["000000"]), .digits([DeviceKindUnderTest.pin]), .cancel]) { card.process($0) })
            let service = try await PrivatePCSCD.start(with: pinpad, holding: atr)
            defer { service.stop() }
            let readers = PCSCReaders.patient
            let device = try await CardDevice.opening(reader: pinpad.reader, of: readers, isEmulated: true)
            try await bank.enrol(card: device, as: .smartcard)
            let payment = try Payment(
                iban: IBAN("LU28 0019 4006 4475 0000"), amount: Amount(decimal: "12.50", currency: Currency("EUR")), payee: "Boulangerie")
            let (challenge, presentation) = try await bank.ask(.payment(payment), of: device)
            let holder = ScriptedHolder()
            let response = try await device.respond(to: presentation, with: holder)
            let state = try await bank.operations.submit(response, to: challenge.id)
            var succeeded = false
            if case .succeeded(_) = state { succeeded = true }
            #expect(succeeded)
            // Shown twice, because the first PIN was wrong; asked nothing.
            var wasWrong: [Bool] = []
            for event in holder.events {
                guard case .shown(.enterPINOnPinpad(let request)) = event else {
                    Issue.record("somebody asked for something")
                    continue
                }
                wasWrong.append(request.previousWasWrong)
            }
            #expect(wasWrong == [false, true])
            await #expect(throws: DeviceError(.cancelled, "")) { _ = try await device.respond(to: presentation, with: ScriptedHolder()) }
            #expect(pinpad.entries.count == 3)
        }
    }
}
