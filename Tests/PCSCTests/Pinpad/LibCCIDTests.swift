import ISO7816
import TestSupport
import Testing

@testable import PCSC

/// The structures judged by libccid, which refuses wrong ones and hands right ones to its reader, as CCID has them.
@Suite(.timeLimit(.minutes(5))) struct LibCCIDTests {
    @Test func `libccid takes the structures, and the reader makes the right commands of them`() async {
        await #expect(processExitsWith: .success) {
            let piv = PINBlock(header: [0x00, 0x20, 0x00, 0x80], lengths: 6...8, padding: 0xFF, paddedLength: 8)
            let pkcs15 = PINBlock(header: [0x00, 0x20, 0x00, 0x01], lengths: 4...16, padding: 0x00, paddedLength: 16)
            let plain = PINBlock(header: [0x00, 0x20, 0x00, 0x82], lengths: 4...12)
            let change = PINBlock(header: [0x00, 0x24, 0x00, 0x11], lengths: 4...12, padding: 0x00, paddedLength: 12)
            let pinpad = try #require(
                SerialPinpad(presses: [
                    .digits(["123456"]), .digits(["1234"]), .digits(["98765"]), .digits(["1234", "55555", "55555"]), .cancel, .nothing,
                ]) { $0[3] == 0x82 ? [0x63, 0xC2] : [0x90, 0x00] })
            // The library finds the service by its environment: one for this process.
            let service = try await PrivatePCSCD.start(with: pinpad, holding: ATR(parsing: [0x3B, 0x00]))
            defer { service.stop() }
            let session = try await PCSCReaders.patient.open(pinpad.reader)
            let keys = try #require(await session.pinpad)
            #expect(pinpad.commands.isEmpty)

            #expect(try await keys.verify(piv) == .success)
            #expect(try await keys.verify(pkcs15) == .success)
            #expect(try await keys.verify(plain).triesLeft == 2)
            #expect(try await keys.change(change, new: change) == .success)
            #expect(
                pinpad.commands.map(\.hexadecimal) == [
                    "0020008008313233343536FFFF", "002000011031323334000000000000000000000000", "00200082053938373635",
                    "0024001118313233340000000000000000353535353500000000000000",
                ])
            for code in [CardError.Code.pinEntryCancelled, .pinEntryTimedOut] {
                do throws(CardError) {
                    _ = try await keys.verify(piv)
                    Issue.record("nobody entered a PIN")
                } catch { #expect(error.code == code) }
            }
            // bTimeOut2 and ulDataLength are not CCID's; this reader's bNumberMessage is always one.
            #expect(pinpad.entries.first?.hexadecimal == "001E820800080602010904000000000020008008FFFFFFFFFFFFFFFF")
            #expect(pinpad.commands.count == 4)
            #expect(await session.passesExtendedLength == false)
            await session.end(.reset)

            let details = try await PCSCReaders.patient.details(of: pinpad.reader)
            #expect(details.hasPinpad)
            #expect(details.atr == session.atr)
            #expect(details.properties.firmware == "GemPC Pinpad")
            #expect(details.features == [.verifyPINDirect, .modifyPINDirect, .pinProperties, .tlvProperties])
            #expect(details.properties.vendorID == 0x08E6 && details.properties.productID == 0x3478)
            #expect(details.properties.maximumData == 0x10000)
        }
    }

    @Test func `a cancelled task does not wait for the person, and its session is lost`() async {
        await #expect(processExitsWith: .success) {
            let block = PINBlock(header: [0x00, 0x20, 0x00, 0x80], lengths: 6...8, padding: 0xFF, paddedLength: 8)
            let pinpad = try #require(SerialPinpad(presses: [.silence]) { _ in [0x90, 0x00] })
            let service = try await PrivatePCSCD.start(with: pinpad, holding: ATR(parsing: [0x3B, 0x00]))
            defer { service.stop() }
            let session = try await PCSCReaders.patient.open(pinpad.reader)
            let keys = try #require(await session.pinpad)
            let entry = Task { try await keys.verify(block) }
            let hasBegun = await eventually { pinpad.entries.count == 1 }
            #expect(hasBegun)
            entry.cancel()
            let error = await #expect(throws: CardError.self) { _ = try await entry.value }
            #expect(error?.code == .cancelled)
            let next = await #expect(throws: CardError.self) { _ = try await session.transmit([0x00, 0xA4, 0x04, 0x00]) }
            #expect(next?.code == .cancelled)
            #expect(pinpad.commands.isEmpty)
        }
    }
}
