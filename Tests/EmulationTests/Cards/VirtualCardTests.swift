import Foundation
import ISO7816
import Testing
import X509

@testable import Emulation

@Suite struct VirtualCardTests {
    @Test func `a card without power has nothing to say`() throws {
        let card = try TestCards.unpowered()
        #expect(try card.raw("00A4040005A000000308") == "6F00")
        card.powerOn()
        #expect(try card.raw("00A4040005A000000308").hasPrefix("61"))
        card.powerOff()
        #expect(!card.isPowered)
        #expect(try card.raw("00A4040005A000000308") == "6F00")
    }

    @Test(arguments: ["reset", "power off and on", "power on"])
    func `every kind of reset ends the login but gives no try back`(kind: String) throws {
        let card = try TestCards.powered()
        #expect(try card.verify("123456") == .success)
        #expect(try card.verify("000000").triesLeft == 2)
        #expect(try card.verify("123456") == .success)
        #expect(try card.verify("000000").triesLeft == 2)
        switch kind {
        case "reset": card.reset()
        case "power on": card.powerOn()
        default:
            card.powerOff()
            card.powerOn()
        }
        #expect(try card.pinStatus().triesLeft == 2)
    }

    @Test func `half a chain and half an answer are lost with a reset`() throws {
        let card = try TestCards.powered()
        #expect(try card.raw("108711 9E 02 7C03").hasSuffix("9000"))
        card.reset()
        #expect(try card.raw("0087119E 01 01 00") == "6A80")
        #expect(try card.raw("00CB3FFF055C035FC10501").suffix(4).hasPrefix("61"))
        card.reset()
        #expect(try card.raw("00C0000000") == "6985")
    }

    @Test func `a card is in one slot at a time`() throws {
        let card = try TestCards.unpowered()
        #expect(card.enter("left") == nil)
        #expect(card.enter("right") == "left")
        #expect(card.enter("left") == "left")
        card.leave()
        #expect(card.enter("right") == nil)
    }

    @Test func `a card that leaves its slot loses its power`() throws {
        let card = try TestCards.powered()
        _ = card.enter("left")
        card.leave()
        #expect(!card.isPowered)
    }

    @Test func `the default ATR announces chaining, extended length and PIV`() throws {
        let atr = try TestCards.unpowered().atr
        #expect(atr.protocols == [1, 0] || atr.protocols == [0, 1])
        #expect(atr.capabilities == CardCapabilities(commandChaining: true, extendedLength: true))
        #expect(atr.historicalBytes.suffix(10) == [0xF9] + Array(PIVApplet.name[..<9]))
    }

    @Test func `a tester gets a card in one call`() throws {
        let atr = try ATR(parsing: [0x3B, 0x80, 0x80, 0x01, 0x01])
        let card = try VirtualCard.piv(
            holder: "Ada", keys: .p256, pin: "87654321", puk: "geheim!!", tries: 2, authority: TestCards.authority(), now: TestCards.now,
            atr: atr)
        card.powerOn()
        #expect(card.atr == atr)
        #expect(try card.verify("123456").triesLeft == 1)
        #expect(try card.verify("87654321") == .success)
        #expect(try card.certificate(.signature).subject.description.contains("CN=Ada"))
    }

    @Test(
        arguments: [
            ("123", "12345678", 3, "Ada", PersonalisationError.unsuitablePIN), ("12345678a", "12345678", 3, "Ada", .unsuitablePIN),
            ("123456", "1234", 3, "Ada", .unsuitablePUK), ("123456", "12345678", 0, "Ada", .unsuitablePIN),
            ("123456", "12345678", 3, "", .certificate(.unsuitableName(""))),
        ] as [(String, String, UInt8, String, PersonalisationError)])
    func `what no card could have is refused with the reason`(
        pin: String, puk: String, tries: UInt8, holder: String, error: PersonalisationError
    ) throws {
        let authority = try TestCards.authority()
        #expect(throws: error) {
            try VirtualCard.piv(holder: holder, keys: .p256, pin: pin, puk: puk, tries: tries, authority: authority, now: TestCards.now)
        }
        #expect(error.description.contains("emulated"))
    }
}
