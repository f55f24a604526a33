import DeviceProtocol
import Devices
import Emulation
import Testing
import Verification

@Suite struct TwentyLinesTests {
    @Test func `my bank takes a payment from every device`() async throws {
        let bank = try await Bank()
        let readers = VirtualReaders()
        var devices = [try await bank.enrolToken(), try await bank.enrolScan(), try await bank.enrolMobile()]
        for model in [CardModel.luxTrustSmartcard, .luxTrustStick, .piv, .pkcs15] {
            let card = try VirtualCard(model, holder: "Jo Test", authority: bank.authority, now: bank.clock.now)
            try readers.plug(card, as: "Reader with \(model)")
            let device = try await CardDevice.opening(reader: "Reader with \(model)", of: readers, isEmulated: true)
            try await bank.enrol(card: device, as: model == .luxTrustStick ? .stick : .smartcard)
            devices.append(device)
        }
        for device in devices {
            let jo = ScriptedHolder(pins: ["123456"])
            let (challenge, presentation) = try await bank.ask(try .examplePayment, of: device)
            let answer = try await device.respond(to: presentation, with: jo)
            let outcome = try await bank.operations.submit(answer, to: challenge.id)
            guard case .succeeded(let evidence) = outcome else { throw Refused(device, outcome) }
            #expect(evidence.shown == challenge.summary)
        }
    }
}
