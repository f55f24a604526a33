import CardProfiles
import Emulation
import ISO7816
import Secrets
import Testing

@testable import CardApplications

/// The passwords of OpenPGP cards, byte for byte.
struct OpenPGPPasswordTests {
    private func open(
        _ passwords: [UInt8], _ script: [ScriptedChannel.Line]
    ) async throws -> (OpenPGPApplication, ScriptedChannel) {
        let channel = try ScriptedChannel([.init("00CA006E00", OpenPGPBuilder(passwords: passwords).answer)] + script)
        return (try await OpenPGPApplication(on: channel, for: [], within: TimeBudget(.seconds(60))), channel)
    }

    @Test func `the resetting code unblocks PW1 where one is set, and is counted for itself`() async throws {
        let (application, channel) = try await open(
            [0x00, 0x20, 0x20, 0x20, 0x00, 0x03, 0x03],
            [
                .init("002C00810E" + "3131313131313131" + "363534333231", "6982"), .init("00CA00C400", "00202020000203 9000"),
                .init("002C00810E" + "3132333435363738" + "363534333231", "9000"),
            ])
        #expect(application.pins.map(\.role) == [.signature, .user, .unblocking, .administrator])
        let first = application.pins[0]
        #expect(try await application.unblock(first, with: try pin("11111111"), to: try pin("654321")) == .wrong(triesLeft: 2))
        #expect(try await application.unblock(first, with: try pin("12345678"), to: try pin("654321")) == .accepted)
        #expect(channel.failures == [])
    }

    @Test func `without a resetting code PW3 is verified, and the new PIN travels alone`() async throws {
        let (application, channel) = try await open(
            [0x00, 0x20, 0x20, 0x20, 0x00, 0x00, 0x03],
            [
                .init("0020008308" + "3132333435363738", "9000"), .init("002C028106" + "363534333231", "9000"),
            ])
        #expect(try await application.unblock(application.pins[1], with: try pin("12345678"), to: try pin("654321")) == .accepted)
        #expect(channel.failures == [])
    }

    @Test func `a wrong PW3 ends there, with its own tries`() async throws {
        let (application, channel) = try await open(
            [0x00, 0x20, 0x20, 0x20, 0x00, 0x00, 0x03],
            [.init("0020008308" + "3131313131313131", "6982"), .init("00200083", "63C1")])
        let outcome = try await application.unblock(application.pins[0], with: try pin("11111111"), to: try pin("654321"))
        #expect(outcome == .wrong(triesLeft: 1))
        #expect(channel.failures == [])
    }

    @Test func `a new PIN that the card cannot have is refused before PW3 is sent`() async throws {
        let (application, channel) = try await open([0x00, 0x20, 0x20, 0x20, 0x00, 0x00, 0x03], [])
        let first = application.pins[0]
        let error = await failure { try await application.unblock(first, with: try pin("12345678"), to: try pin("12345")) }
        #expect(error?.code == .unsuitablePIN)
        #expect(channel.failures == [])
    }

    @Test func `a card that does not answer an empty VERIFY is asked for its status bytes`() async throws {
        let (application, channel) = try await open(
            [0x01, 0x20, 0x20, 0x20, 0x03, 0x00, 0x03],
            [
                .init("00200082", "6A80"), .init("00CA00C400", "01202020010003 9000"),
                .init("00200083", "6A80"), .init("00CA00C400", "01202020010000 9000"),
            ])
        #expect(try await application.state(of: application.pins[1]) == .triesLeft(1))
        #expect(try await application.state(of: application.pins[2]) == .blocked)
        #expect(channel.failures == [])
    }

    @Test func `somebody's login does not hide that one try is left`() async throws {
        let (application, channel) = try await open(
            [0x01, 0x20, 0x20, 0x20, 0x03, 0x00, 0x03],
            [
                .init("00200082", "9000"), .init("00CA00C400", "01202020010003 9000"),
                .init("00200082", "9000"), .init("00CA00C400", "01202020020003 9000"),
                .init("00200082", "9000"), .init("00CA00C400", "6A88"),
            ])
        for state in [PINState.triesLeft(1), .verified, .verified] {
            #expect(try await application.state(of: application.pins[1]) == state)
        }
        #expect(channel.failures == [])
    }

    @Test func `a wrong PIN stays a wrong PIN when nobody can be asked for the tries`() async throws {
        let (application, channel) = try await open(
            [0x01, 0x20, 0x20, 0x20, 0x03, 0x00, 0x03],
            [.init("0020008106" + "393939393939", "6982"), .init(failing: CardError(.removed, "the card"))])
        #expect(try await application.verify(try pin("999999"), as: application.pins[0]) == .wrong(triesLeft: nil))
        #expect(channel.failures == [])
    }

    @Test func `the last wrong PIN blocks`() async throws {
        let (application, channel) = try await open(
            [0x01, 0x20, 0x20, 0x20, 0x01, 0x00, 0x03],
            [.init("0020008106" + "393939393939", "6982"), .init("00200081", "63C0")])
        #expect(try await application.verify(try pin("999999"), as: application.pins[0]) == .blocked)
        #expect(channel.failures == [])
    }

    @Test func `the resetting code is neither verified nor changed`() async throws {
        let (application, channel) = try await open(
            [0x00, 0x20, 0x20, 0x20, 0x03, 0x02, 0x03], [.init("00CA00C400", "00202020030203 9000")])
        let code = try #require(application.pins.first { $0.role == .unblocking })
        #expect(await failure { try await application.verify(try pin("12345678"), as: code) }?.code == .notSupported)
        #expect(
            await failure { try await application.change(code, from: try pin("12345678"), to: try pin("87654321")) }?.code == .notSupported)
        #expect(try await application.state(of: code) == .triesLeft(2))
        #expect(channel.failures == [])
    }

    @Test func `PW3 is changed under its own reference, and nothing unblocks it`() async throws {
        let (application, channel) = try await open(
            [0x00, 0x20, 0x20, 0x20, 0x03, 0x00, 0x03], [.init("0024008310" + "31323334353637383837363534333231", "9000")])
        let officer = try #require(application.pins.last)
        #expect(try await application.change(officer, from: try pin("12345678"), to: try pin("87654321")) == .accepted)
        #expect(
            await failure { try await application.unblock(officer, with: try pin("12345678"), to: try pin("87654321")) }?.code
                == .notSupported)
        #expect(channel.failures == [])
    }

    @Test(arguments: [[0x00, 0x01, 0x01, 0x01, 0x03, 0x03, 0x03], [0x00, 0x00, 0x00, 0x00, 0x03, 0x00, 0x03]] as [[UInt8]])
    func `a card with impossible maximum lengths is not believed`(_ passwords: [UInt8]) async throws {
        let (application, _) = try await open(passwords, [])
        // PW1 twice, the resetting code where one is set, PW3.
        let lengths: [ClosedRange<Int>] = passwords[5] > 0 ? [6...6, 6...6, 8...8, 8...8] : [6...6, 6...6, 8...8]
        #expect(application.pins.map(\.rules.lengths) == lengths)
    }
}

/// The same passwords, entered on a reader's own keys.
struct OpenPGPPinpadTests {
    private func open(_ passwords: [UInt8], _ script: [ScriptedChannel.Line] = []) async throws -> OpenPGPApplication {
        let channel = try ScriptedChannel([.init("00CA006E00", OpenPGPBuilder(passwords: passwords).answer)] + script)
        return try await OpenPGPApplication(on: channel, for: [], within: TimeBudget(.seconds(60)))
    }

    @Test func `PW1 is changed under 81 and PW3 under its own reference`() async throws {
        let application = try await open([0x00, 0x20, 0x20, 0x20, 0x03, 0x00, 0x03])
        let pinpad = ScriptedPinpad(0x9000)
        for pin in application.pins { #expect(try await application.change(pin, on: pinpad) == .accepted) }
        #expect(application.pins.map(\.id) == [0x81, 0x82, 0x83])
        #expect(pinpad.blocks.map { $0.map(\.header) } == [0x81, 0x81, 0x83].map { [[0x00, 0x24, 0x00, $0], [0x00, 0x24, 0x00, $0]] })
    }

    @Test func `with a resetting code one command unblocks PW1`() async throws {
        let application = try await open([0x00, 0x20, 0x20, 0x20, 0x00, 0x03, 0x03])
        let pinpad = ScriptedPinpad(0x9000)
        #expect(try await application.unblock(application.pins[1], on: pinpad) == .accepted)
        let header: [UInt8] = [0x00, 0x2C, 0x00, 0x81]
        #expect(pinpad.blocks == [[PINBlock(header: header, lengths: 8...32), PINBlock(header: header, lengths: 6...32)]])
    }

    @Test func `with PW3 nobody is asked to enter what would be sent as a resetting code`() async throws {
        let application = try await open([0x00, 0x20, 0x20, 0x20, 0x00, 0x00, 0x03])
        let pinpad = ScriptedPinpad(0x9000)
        for pin in application.pins {
            #expect(await failure { try await application.unblock(pin, on: pinpad) }?.code == .notSupported)
        }
        let error = await failure { try await application.unblock(application.pins[0], on: pinpad) }
        #expect(error?.detail?.contains("keyboard") == true)
        #expect(pinpad.blocks.isEmpty)
    }

    @Test func `the resetting code is neither verified nor changed`() async throws {
        let application = try await open([0x00, 0x20, 0x20, 0x20, 0x03, 0x02, 0x03])
        let code = try #require(application.pins.first { $0.role == .unblocking })
        let pinpad = ScriptedPinpad(0x9000)
        #expect(await failure { try await application.verify(on: pinpad, as: code) }?.code == .notSupported)
        #expect(await failure { try await application.change(code, on: pinpad) }?.code == .notSupported)
        #expect(pinpad.blocks.isEmpty)
    }

    @Test func `a wrong PIN is followed by the question for the tries`() async throws {
        let application = try await open([0x00, 0x20, 0x20, 0x20, 0x03, 0x00, 0x03], [.init("00200082", "63C2")])
        #expect(try await application.verify(on: ScriptedPinpad(0x6982), as: application.pins[1]) == .wrong(triesLeft: 2))
    }
}
