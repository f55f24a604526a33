import CardApplications
import Foundation
import ISO7816
import TestSupport
import Testing

/// Every recorded conversation of SmartPGP and Pico HSM, led again by our driver: it finds what was found there, and asks for
/// what was asked there, with the same bytes.
struct OpenPGPAndHSMConversationsTests {
    private func recording(_ name: String) throws -> (card: String, Recording) {
        let parts = name.components(separatedBy: "--")
        return (parts[0], try Recording(parts[0], parts[1]))
    }

    private func open(_ name: String) async throws -> (any CardApplication, ReplayedCard) {
        let parts = name.components(separatedBy: "--")
        // OpenSC sends extended commands to the SmartCard-HSM, and so do we when the reader lets us.
        let card = try ReplayedCard(parts[0], scenarios: [parts[1]], passesExtendedLength: parts[0] == "schsm")
        return (try await CardApplications.open(on: card), card)
    }

    /// Header and data of the last command of `commands` with one of `instructions`: Le and form are the client's own choice.
    private func last(_ instructions: Set<UInt8>, in commands: [[UInt8]]) throws -> [UInt8] {
        let bytes = try #require(commands.last { $0.count > 5 && instructions.contains($0[1]) })
        let command = try CommandAPDU(parsing: bytes)
        return command.header + command.data
    }

    @Test(arguments: [
        "schsm--list-pkcs11-opensc23", "schsm--list-pkcs11-opensc27", "schsm--list-pkcs15-tool-opensc23",
        "smartpgp--list-pkcs11-opensc23", "smartpgp--list-pkcs11-opensc27", "smartpgp--list-pkcs15-tool-opensc23",
    ])
    func `the keys are those that the client listed`(_ name: String) async throws {
        let (application, card) = try await open(name)
        let (_, recording) = try recording(name)
        #expect(application.keys.count == 2)
        #expect(application.unusable == [])
        #expect(card.commands.count < recording.exchanges.count / 2)
        let printed = try #require(recording.result?.stdout)
        let names = name.hasPrefix("schsm") ? application.keys.map(\.label) : ["Authentication key"]
        #expect(names.allSatisfy(printed.contains), "\(printed)")
    }

    @Test(arguments: [
        ("schsm--read-certificate-01-opensc23", 0), ("schsm--read-certificate-02-opensc23", 1),
        ("smartpgp--read-certificate-01-opensc23", 0), ("smartpgp--read-certificate-03-opensc23", 1),
    ])
    func `the certificate is the one that the client read`(_ name: String, _ place: Int) async throws {
        let (application, _) = try await open(name)
        #expect(application.keys[place].certificate == (try recording(name).1.result?.certificate?.bytes))
    }

    @Test(arguments: [
        "schsm--sign-ec02-ecdsa-opensc23", "schsm--sign-ec02-ecdsa-opensc27",
        "schsm--sign-rsa01-rsa-pkcs-opensc23", "schsm--sign-rsa01-rsa-pkcs-opensc27", "schsm--sign-rsa01-sha256-rsa-pkcs-opensc23",
        "smartpgp--sign-ec01-ecdsa-opensc23", "smartpgp--sign-ec01-ecdsa-opensc27", "smartpgp--sign-ec01-ecdsa-sha256-opensc23",
        "smartpgp--sign-rsa03-rsa-pkcs-opensc23", "smartpgp--sign-rsa03-rsa-pkcs-opensc27",
        "smartpgp--sign-rsa03-sha256-rsa-pkcs-opensc23",
    ])
    func `the signature is asked for with the same bytes, after the same VERIFY`(_ name: String) async throws {
        let (application, card) = try await open(name)
        let (_, recording) = try recording(name)
        let certificate = try #require(recording.result?.certificate?.bytes)
        let key = try #require(application.keys.first { $0.certificate == certificate })
        #expect(try await application.verify(try pin(recording.pin), for: key) == .accepted)
        // An ECDSA request of another form than the recorded one has no recorded answer.
        _ = await failure { try await application.sign(digest: recordedDigest, with: key) }
        let recorded = recording.exchanges.map(\.command.bytes)
        for instructions in [[0x20], [0x2A, 0x68, 0x88]] as [Set<UInt8>] {
            #expect(try last(instructions, in: card.commands) == last(instructions, in: recorded))
        }
    }

    /// We never sign with PSS and never let a card hash: what is the same is everything before the request.
    @Test(arguments: [
        "schsm--sign-rsa01-rsa-pkcs-pss-opensc27", "schsm--sign-rsa01-sha256-rsa-pkcs-pss-opensc27",
        "schsm--sign-ec02-ecdsa-sha256-opensc23",
    ])
    func `a card that signed in another way is found the same`(_ name: String) async throws {
        let (application, _) = try await open(name)
        #expect(application.keys.map(\.algorithm) == [.rsa(bits: 2048), .p256])
        #expect(try await application.verify(try pin(try recording(name).1.pin), for: application.keys[0]) == .accepted)
    }

    @Test(arguments: [
        ("schsm--change-pin-there-opensc23", "648219", "648220"), ("schsm--change-pin-back-opensc23", "648220", "648219"),
        ("smartpgp--change-pin-there-opensc23", "123456", "654321"), ("smartpgp--change-pin-back-opensc23", "654321", "123456"),
    ])
    func `the PIN is changed with the same bytes`(_ name: String, _ old: String, _ new: String) async throws {
        let (application, card) = try await open(name)
        #expect(try await application.change(application.pins[0], from: try pin(old), to: try pin(new)) == .accepted)
        #expect(try last([0x24], in: card.commands) == last([0x24], in: try recording(name).1.exchanges.map(\.command.bytes)))
    }

    @Test(arguments: [
        ("schsm--wrong-pin-opensc23", "999999", PINOutcome.wrong(triesLeft: 2)), ("schsm--right-pin-opensc23", "648219", .accepted),
        ("schsm--right-pin-after-change-opensc23", "648219", .accepted),
        // Nobody asked this card for its tries afterwards, so no recording tells them.
        ("smartpgp--wrong-pin-opensc23", "999999", .wrong(triesLeft: nil)), ("smartpgp--right-pin-opensc23", "123456", .accepted),
        ("smartpgp--right-pin-after-change-opensc23", "123456", .accepted),
    ])
    func `a PIN is judged as it was`(_ name: String, _ text: String, _ outcome: PINOutcome) async throws {
        let (application, card) = try await open(name)
        // OpenSC verifies the PIN for everything but signatures.
        let presented = try #require(application.pins.first { $0.role == .user })
        #expect(try await application.verify(try pin(text), as: presented) == outcome)
        #expect(try last([0x20], in: card.commands) == last([0x20], in: try recording(name).1.exchanges.map(\.command.bytes)))
    }

    @Test(arguments: ["schsm--raw-unknown-aid", "smartpgp--raw-unknown-aid"])
    func `an unknown application does not unseat the one that is selected`(_ name: String) async throws {
        let (card, recording) = try recording(name)
        let replayed = try ReplayedCard(card, scenarios: ["raw-unknown-aid"])
        for exchange in recording.exchanges.prefix(4) { _ = try await replayed.transmit(exchange.command.bytes) }
        #expect(try await replayed.send(CommandAPDU(instruction: 0x20, p2: 0x81)).status.triesLeft == 3)
    }

    @Test func `a certificate that arrives in three pieces is one`() async throws {
        let card = try ReplayedCard("smartpgp", scenarios: ["raw-le-and-transport"])
        let response = try await card.send(CommandAPDU(instruction: 0xCA, p1: 0x7F, p2: 0x21, expectedLength: 256))
        #expect(response.data == (try Recording("smartpgp", "raw-sign-rsa03").result?.certificate?.bytes))
        #expect(card.commands.count == 3)
    }
}
