import CardProfiles
import ISO7816
import Synchronization
import TestSupport
import Testing

@testable import CardApplications

/// A pinpad that remembers the blocks, and answers as the script says.
final class ScriptedPinpad: Pinpad {
    private let status: StatusWord
    private let entered = Mutex<[[PINBlock]]>([])

    init(_ status: UInt16) { self.status = StatusWord(rawValue: status) }

    var blocks: [[PINBlock]] { entered.withLock { $0 } }

    func verify(_ block: PINBlock) async throws(CardError) -> StatusWord {
        entered.withLock { $0.append([block]) }
        return status
    }

    func change(_ block: PINBlock, new: PINBlock) async throws(CardError) -> StatusWord {
        entered.withLock { $0.append([block, new]) }
        return status
    }
}

struct PinpadCommandTests {
    private static let ias = CardPIN(
        label: "User PIN", role: .user,
        rules: PINRules(reference: 0x11, lengths: 4...12, alphabet: .digits, padding: .init(byte: 0x00, length: 12)))

    private func application() async throws -> any CardApplication {
        let certificate = try #require(try Fixture.json("certificates/keys.json", as: [String: HexBytes].self)["p256"]?.bytes)
        return try await CardApplications.open(
            on: try FileSystemCard(PKCS15Builder.files(pins: [PKCS15Builder.pin(type: 1)], certificate: certificate)))
    }

    @Test func `each command is what it is with a typed PIN, but for the PIN`() async throws {
        let application = try await application()
        let pinpad = ScriptedPinpad(0x9000)
        #expect(try await application.verify(on: pinpad, as: .piv) == .accepted)
        #expect(try await application.verify(on: pinpad, as: Self.ias) == .accepted)
        #expect(try await application.change(Self.ias, on: pinpad) == .accepted)
        #expect(try await application.unblock(.piv, on: pinpad) == .accepted)
        func block(_ header: [UInt8], _ lengths: ClosedRange<Int>, _ padding: UInt8?, _ length: Int) -> PINBlock {
            PINBlock(header: header, lengths: lengths, padding: padding, paddedLength: length)
        }
        let change = block([0x00, 0x24, 0x00, 0x11], 4...12, 0x00, 12)
        #expect(
            pinpad.blocks == [
                [block([0x00, 0x20, 0x00, 0x80], 6...8, 0xFF, 8)], [block([0x00, 0x20, 0x00, 0x11], 4...12, 0x00, 12)], [change, change],
                [block([0x00, 0x2C, 0x00, 0x80], 8...8, nil, 0), block([0x00, 0x2C, 0x00, 0x80], 6...8, 0xFF, 8)],
            ])
    }

    @Test func `the PIN of a key is asked for as its card stores it`() async throws {
        let application = try await application()
        let key = try #require(application.keys.first)
        let pin = try #require(try application.pin(for: key))
        let pinpad = ScriptedPinpad(0x63C2)
        #expect(try await application.verify(on: pinpad, for: key) == .wrong(triesLeft: 2))
        #expect(pinpad.blocks.first?.first?.header == [0x00, 0x20, 0x00, pin.id])
        #expect(pinpad.blocks.first?.first?.lengths == pin.rules.lengths)
    }

    @Test(arguments: [(0x63C1, .wrong(triesLeft: 1)), (0x6983, .blocked), (0x63C0, .blocked)] as [(UInt16, PINOutcome)])
    func `the card's answer is what became of the PIN`(_ status: UInt16, _ outcome: PINOutcome) async throws {
        let application = try await application()
        #expect(try await application.verify(on: ScriptedPinpad(status), as: .piv) == outcome)
        #expect(try await application.change(Self.ias, on: ScriptedPinpad(status)) == outcome)
        #expect(try await application.unblock(.piv, on: ScriptedPinpad(status)) == outcome)
    }

    @Test func `without a known PUK nobody is asked for one`() async throws {
        let application = try await application()
        let pinpad = ScriptedPinpad(0x9000)
        #expect(await failure { try await application.unblock(Self.ias, on: pinpad) }?.code == .notSupported)
        #expect(pinpad.blocks.isEmpty)
    }

    @Test func `a refusal that says nothing about the PIN is a refusal`() async throws {
        let application = try await application()
        #expect(
            await failure { try await application.verify(on: ScriptedPinpad(0x6985), as: .piv) }?.code == .refused(.conditionsNotSatisfied))
    }
}
