import ISO7816
import TestSupport
import Testing

/// The replay itself: it must not be kinder than the card was.
struct ReplayedCardTests {
    private func send(_ card: ReplayedCard, _ command: String) async throws -> String {
        try await card.transmit(try #require([UInt8](hexadecimal: command))).hexadecimal
    }

    @Test(arguments: ["00FD0000", "00A4040002A000", "0087079A00", "", "00", "00CA006E00"])
    func `a command that was never recorded answers 6D00`(_ command: String) async throws {
        let card = try ReplayedCard("oseid", scenarios: ["raw-sign-rsa01"])
        #expect(try await send(card, command) == "6D00")
    }

    @Test(
        arguments: [
            ("pivapplet", ["raw-sign-9A"]), ("pivapplet", ["raw-sign-9C"]), ("pivapplet", ["raw-sign-9D"]), ("pivapplet", ["raw-sign-9E"]),
            ("pivapplet", ["raw-wrong-then-right-pin"]), ("oseid", ["raw-sign-rsa01"]), ("oseid", ["raw-sign-ec03"]),
            ("oseid", ["raw-wrong-then-right-pin"]), ("isoapplet-v0", ["raw-sign-rsa01"]), ("isoapplet-v0", ["raw-wrong-then-right-pin"]),
            ("isoapplet-v0", ["raw-unknown-aid"]),
        ])
    func `a conversation played in its own order gets its own answers`(_ name: String, _ scenarios: [String]) async throws {
        let card = try ReplayedCard(name, scenarios: scenarios)
        let recording = try Recording(name, scenarios[0])
        for (position, exchange) in recording.exchanges.enumerated() {
            if recording.events?.contains(where: { $0.position == position && $0.name == "reset" }) == true { card.reset() }
            let answer = try await card.transmit(exchange.command.bytes)
            #expect(answer == exchange.response.bytes, "exchange \(position)")
        }
        #expect(card.commands == recording.exchanges.map(\.command.bytes))
    }

    @Test func `the same question repeated stays on the last answer`() async throws {
        let card = try ReplayedCard("pivapplet", scenarios: ["raw-wrong-then-right-pin"])
        _ = try await send(card, "00A4040005A00000030800")
        #expect(try await send(card, "00200080") == "63C5")
        _ = try await send(card, "0020008008393939393939FFFF")
        for _ in 0..<3 { #expect(try await send(card, "00200080") == "63C4") }
        _ = try await send(card, "0020008008313233343536FFFF")
        for _ in 0..<3 { #expect(try await send(card, "00200080") == "9000") }
    }

    @Test func `a signature without the PIN is refused even when only a granted one comes next`() async throws {
        let card = try ReplayedCard("oseid", scenarios: ["raw-sign-ec03"])
        _ = try await send(card, "00A404000CA000000063504B43532D313500")
        _ = try await send(card, "00A4080C0450154B02")
        _ = try await send(card, "002241B60A80010481024B02840100")
        let sign = "002A9E9A20" + recordedDigest.hexadecimal + "00"
        for _ in 0..<3 { #expect(try await send(card, sign) == "6985") }
        _ = try await send(card, "00200001083131313131313131")
        #expect(try await send(card, sign).hasPrefix("30"))
        card.reset()
        #expect(try await send(card, sign) == "6985")
    }

    @Test func `one changed byte of a signature request was never recorded`() async throws {
        let card = try ReplayedCard("oseid", scenarios: ["raw-sign-ec03"])
        _ = try await send(card, "00200001083131313131313131")
        #expect(try await send(card, "002A9E9A20" + [UInt8](repeating: 0xAB, count: 32).hexadecimal + "00") == "6D00")
    }

    @Test func `files come from the image as OsEID reads them`() async throws {
        let card = try ReplayedCard("oseid", scenarios: ["raw-sign-ec03"])
        #expect(try await send(card, "00B0000000") == "6D00")
        #expect(try await send(card, "00A40800045015FFFF00") == "6A82")
        #expect(try await send(card, "00A4080004501543 0100").hasPrefix("6F17800202948201"))
        #expect(try await send(card, "00A40800045015430100").hasSuffix("9000"))
        #expect(try await send(card, "00A4080004501543 01") == "9000")
        #expect(try await send(card, "00B0000004") == "308202909000")
        #expect(try await send(card, "00B00280FF") == "6282")
        #expect(try await send(card, "00B0029400") == "6282")
        #expect(try await send(card, "00B00000") == "6700")
    }

    @Test func `files come from the image as IsoApplet reads them`() async throws {
        let card = try ReplayedCard("isoapplet-v0", scenarios: ["raw-sign-ec03"])
        #expect(try await send(card, "00A40800045015340000").hasPrefix("6F15810202948201"))
        #expect(try await send(card, "00B00280FF").count == 2 * (20 + 2))
        #expect(try await send(card, "00B0029400") == "6B00")
    }

    /// The image must answer what the card was recorded to answer, wherever both know.
    @Test(arguments: ["oseid"])
    func `image and recording agree on reading`(_ name: String) async throws {
        let card = try ReplayedCard(name, scenarios: ["raw-sign-ec03"])
        for exchange in try Recording(name, "raw-le-and-transport").exchanges {
            let command = exchange.command.bytes
            // SELECT by path and short READ BINARY; the rest is not the image's business.
            guard command.count > 4, command.count <= 11, command[1] == 0xA4 ? command[2] == 0x08 : command[1] == 0xB0, command[3] != 0x0C
            else { continue }
            guard !(command[1] == 0xB0 && command.count > 5) else { continue }
            #expect(try await card.transmit(command) == exchange.response.bytes, "\(command.hexadecimal)")
        }
    }

    @Test func `PIV objects come from the image in pieces`() async throws {
        let card = try ReplayedCard("pivapplet", scenarios: ["raw-sign-9C"])
        let whole = try #require(try CardImage("pivapplet").objects?["5FC10B"]?.bytes)
        let response = try await card.send(try CommandAPDU(parsing: [0x00, 0xCB, 0x3F, 0xFF, 0x05, 0x5C, 0x03, 0x5F, 0xC1, 0x0B, 0x00]))
        #expect(response == ResponseAPDU(data: whole, status: .success))
        #expect(card.commands.count == 2)
        #expect(try await send(card, "00CB3FFF055C035FC17F00") == "6A82")
    }
}
