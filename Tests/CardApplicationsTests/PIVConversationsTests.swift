import CardApplications
import Foundation
import ISO7816
import TestSupport
import Testing

/// Every conversation that PivApplet was recorded in, with OpenSC's two versions and without.
struct PIVConversationsTests {
    static let listings = ["list-pkcs11-opensc23", "list-pkcs11-opensc27", "list-pkcs15-tool-opensc23"]
    static let readings = (1...4).map { "read-certificate-0\($0)-opensc23" }
    static let signatures = [
        "raw-sign-9A", "raw-sign-9C", "raw-sign-9D", "raw-sign-9E", "sign-9A-rsa-pkcs-opensc23", "sign-9A-rsa-pkcs-opensc27",
        "sign-9A-sha256-rsa-pkcs-opensc23", "sign-9C-ecdsa-opensc27",
    ]
    /// OpenSC pads PSS itself; we do not, so only what is read is compared.
    static let others = [
        "sign-9A-rsa-pkcs-pss-opensc27", "sign-9A-sha256-rsa-pkcs-pss-opensc27", "raw-change-pin", "raw-le-and-transport",
        "raw-unknown-aid", "raw-wrong-then-right-pin", "change-pin-there-opensc23", "change-pin-back-opensc23", "wrong-pin-opensc23",
        "right-pin-opensc23", "right-pin-after-change-opensc23",
    ]

    private func open(_ scenario: String) async throws -> (any CardApplication, ReplayedCard) {
        // The scripts select by five bytes of the application identifier, which we never do: OpenSC's SELECT stands in.
        let card = try ReplayedCard("pivapplet", scenarios: scenario.hasPrefix("raw") ? [scenario, Self.listings[1]] : [scenario])
        return (try await CardApplications.open(on: card), card)
    }

    @Test func `no recorded conversation is left out`() throws {
        let known = Set(Self.listings + Self.readings + Self.signatures + Self.others + ["image"])
        let names = try FileManager.default.contentsOfDirectory(atPath: Fixture.folder.appending(path: "recordings").path)
        let recorded = names.filter { $0.hasPrefix("pivapplet--") }.map { $0.dropFirst(11).dropLast(5) }
        #expect(Set(recorded.map(String.init)) == known)
    }

    @Test(arguments: listings + readings + signatures + others)
    func `the same card is found in each conversation`(_ scenario: String) async throws {
        let (application, _) = try await open(scenario)
        #expect(application.name == "PIV")
        #expect(application.keys.map(\.id) == [[0x9A], [0x9C], [0x9D], [0x9E]])
        #expect(application.keys.map(\.algorithm) == [.rsa(bits: 2048), .p256, .p256, .rsa(bits: 2048)])
        #expect(application.pins.map(\.id) == [0x80, 0x81])
        #expect(application.unusable.isEmpty)
        let number = try await application.identified().serialNumber
        #expect(number?.hexadecimal == "64B52710E71B3AE49415C1CCAA116AF7")
        #expect(try await application.keyHistory().keys.isEmpty)
    }

    @Test(arguments: signatures)
    func `the signature that we ask for is the one that was recorded, byte for byte`(_ scenario: String) async throws {
        let recording = try Recording("pivapplet", scenario)
        let certificate = try #require(recording.result?.certificate?.bytes)
        let (application, card) = try await open(scenario)
        let key = try #require(application.keys.first { $0.certificate == certificate })
        if key.needsPIN { #expect(try await application.verify(try pin(recording.pin), for: key) == .accepted) }
        let before = card.commands.count
        let message = try #require(recording.result?.data?.bytes)
        let signature = try await application.sign(message: message, with: key)
        #expect(verifies(signature, of: message, by: certificate))
        let sent = card.commands[before...].map(\.hexadecimal)
        let recorded = recording.exchanges.map(\.command.bytes.hexadecimal)
        #expect(sent.allSatisfy(recorded.contains))
        #expect(sent.first?.dropFirst(2).hasPrefix("87") == true)
    }

    @Test(arguments: readings)
    func `each certificate is the one that OpenSC read`(_ scenario: String) async throws {
        let (application, _) = try await open(scenario)
        let read = try #require(try Recording("pivapplet", scenario).result?.certificate?.bytes)
        #expect(application.keys.contains { $0.certificate == read })
    }

    @Test func `PIN changes have the recorded bytes, and a wrong old PIN costs a try`() async throws {
        let (application, card) = try await open("raw-change-pin")
        let user = try #require(application.pins.first)
        #expect(try await application.change(user, from: pin("123456"), to: pin("654321")) == .accepted)
        #expect(try await application.change(user, from: pin("654321"), to: pin("123456")) == .accepted)
        #expect(try await application.change(user, from: pin("999999"), to: pin("654321")) == .wrong(triesLeft: 4))
        let recorded = try Recording("pivapplet", "raw-change-pin").exchanges.map(\.command.bytes)
        let sent = card.commands.filter { $0[1] == 0x24 }
        #expect(sent.count == 3 && sent.allSatisfy(recorded.contains))
    }

    @Test func `a signature of another key is not handed out`() async throws {
        let (application, _) = try await open("raw-sign-9C")
        let recording = try Recording("pivapplet", "raw-sign-9C")
        let key = try #require(application.keys.first { $0.id == [0x9C] })
        let other = try #require(application.keys.first { $0.id == [0x9D] })
        let message = try #require(recording.result?.data?.bytes)
        #expect(try await application.verify(try pin(recording.pin), for: key) == .accepted)
        let signature = try await application.sign(message: message, with: key)
        #expect(key.verifies(signature, of: message))
        #expect(!other.verifies(signature, of: message))
        #expect(!key.verifies(signature, of: message + [0]))
        #expect(!key.verifies(Array(signature.dropLast()), of: message))
        #expect(!key.verifies([], of: message))
        #expect(!key.verifies([UInt8](repeating: 0xFF, count: 300), of: message))
    }
}
