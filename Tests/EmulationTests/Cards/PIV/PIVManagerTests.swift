import ISO7816
import Testing

@testable import Emulation

/// Who may manage a card, and how it is shown.
@Suite struct PIVManagerTests {
    private static let keys: [PIVManagementKey] = PIVManagementKey.Algorithm.allCases.compactMap { algorithm in
        PIVManagementKey(algorithm, (0..<algorithm.keyLength).map { UInt8($0 + 0x20) })
    }

    private func card(_ key: PIVManagementKey = .wellKnown) throws -> VirtualCard {
        try TestCards.powered(options: PIVOptions(managementKey: key))
    }

    /// Writes an object that nobody reads: whether it works is whether the right is there.
    private func mayManage(_ card: VirtualCard) throws -> Bool {
        let status = try card.put([0x5F, 0xC1, 0x06], [0x01])
        try #require(status == .success || status == .securityStatusNotSatisfied)
        return status == .success
    }

    /// The objects of the card's answer to a template.
    private func ask(_ card: VirtualCard, _ key: PIVManagementKey, _ objects: [TLV]) throws -> (StatusWord, [TLV]) {
        let response = try card.send(0x87, key.algorithm.rawValue, 0x9B, TLV(0x7C, containing: objects).encoded)
        return (response.status, response.data.isEmpty ? [] : try TLV(parsingFirstOf: response.data).children())
    }

    @Test(arguments: keys) func `the right key opens the management with each cipher`(key: PIVManagementKey) throws {
        let card = try card(key)
        #expect(try !mayManage(card))
        #expect(try card.manage(key) == .success)
        #expect(try mayManage(card))
    }

    @Test(arguments: keys) func `a wrong key does not, and takes away what another had opened`(key: PIVManagementKey) throws {
        let wrong = try #require(PIVManagementKey(key.algorithm, Array(repeating: 0x55, count: key.algorithm.keyLength)))
        let card = try card(key)
        #expect(try card.manage(wrong) == .securityStatusNotSatisfied)
        #expect(try !mayManage(card))
        _ = try card.manage(key)
        #expect(try card.manage(wrong) == .securityStatusNotSatisfied)
        #expect(try !mayManage(card))
    }

    @Test(arguments: keys) func `another cipher's reference is no way in`(key: PIVManagementKey) throws {
        let card = try card(key)
        for other in Self.keys where other.algorithm != key.algorithm { #expect(try card.manage(other) == .wrongParameters) }
        // 00 stands for triple DES.
        let status = try card.send(0x87, 0x00, 0x9B, [0x7C, 0x02, 0x81, 0x00]).status
        #expect(status == (key.algorithm == .tripleDES ? .success : .wrongParameters))
    }

    @Test(arguments: keys) func `both sides show the key: the card answers the host's challenge`(key: PIVManagementKey) throws {
        let card = try card(key)
        let (asked, first) = try ask(card, key, [TLV(0x80, [])])
        #expect(asked == .success)
        let encrypted = try first.required(0x80)
        #expect(encrypted.count == key.algorithm.blockLength)
        // The host has no decryption here: the generator's seed tells which witness it was.
        let witness = try #require(try witness(key, encrypted))
        let challenge = Array(repeating: UInt8(0xC4), count: key.algorithm.blockLength)
        let (status, second) = try ask(card, key, [TLV(0x80, witness), TLV(0x81, challenge), TLV(0x82, [])])
        #expect(status == .success)
        #expect(second.first(0x82) == key.encrypted(challenge))
        #expect(try mayManage(card))
    }

    /// The first witness of a card with the seed 1, checked against what the card sent.
    private func witness(_ key: PIVManagementKey, _ encrypted: [UInt8]) throws -> [UInt8]? {
        let twin = try card(key)
        let (_, objects) = try ask(twin, key, [TLV(0x81, [])])
        let block = try objects.required(0x81)
        return key.encrypted(block) == encrypted ? block : nil
    }

    @Test(arguments: keys) func `a wrong witness opens nothing and gets no answer to its challenge`(key: PIVManagementKey) throws {
        let card = try card(key)
        let (_, first) = try ask(card, key, [TLV(0x80, [])])
        var witness = try #require(try witness(key, try first.required(0x80)))
        witness[0] ^= 1
        let challenge = Array(repeating: UInt8(0xC4), count: key.algorithm.blockLength)
        let (status, second) = try ask(card, key, [TLV(0x80, witness), TLV(0x81, challenge)])
        #expect(status == .securityStatusNotSatisfied && second.isEmpty)
        #expect(try !mayManage(card))
        // And the right one is void by now.
        witness[0] ^= 1
        #expect(try ask(card, key, [TLV(0x80, witness), TLV(0x81, challenge)]).0 == .securityStatusNotSatisfied)
        #expect(try !mayManage(card))
    }

    @Test func `the witness sent back as it came opens nothing`() throws {
        let card = try card()
        let encrypted = try ask(card, .wellKnown, [TLV(0x80, [])]).1.required(0x80)
        #expect(try ask(card, .wellKnown, [TLV(0x80, encrypted), TLV(0x81, encrypted)]).0 == .securityStatusNotSatisfied)
    }

    @Test func `the card encrypts nothing for a host that has not shown the key`() throws {
        let card = try card()
        _ = try ask(card, .wellKnown, [TLV(0x80, [])])
        let (status, objects) = try ask(card, .wellKnown, [TLV(0x81, Array(repeating: 1, count: 8)), TLV(0x82, [])])
        #expect(status == .securityStatusNotSatisfied && objects.isEmpty)
    }

    @Test func `an answer without a challenge, or one command too late, is wrong`() throws {
        let card = try card()
        let zero = try #require(PIVManagementKey.wellKnown.encrypted(Array(repeating: 0, count: 8)))
        #expect(try ask(card, .wellKnown, [TLV(0x82, zero)]).0 == .securityStatusNotSatisfied)
        let challenge = try ask(card, .wellKnown, [TLV(0x81, [])]).1.required(0x81)
        _ = try card.object([0x7E])
        let late = try #require(PIVManagementKey.wellKnown.encrypted(challenge))
        #expect(try ask(card, .wellKnown, [TLV(0x82, late)]).0 == .securityStatusNotSatisfied)
    }

    @Test(arguments: ["7C00", "7C028200", "7C0A82080000000000000000", "7C028000FF", "7C14800000"])
    func `templates that ask for nothing sensible open nothing`(template: String) throws {
        let card = try card()
        _ = try card.send(0x87, 0x03, 0x9B, #require([UInt8](hexadecimal: template)))
        #expect(try !mayManage(card))
    }

    @Test func `the right is gone after a reset`() throws {
        let card = try card()
        _ = try card.manage()
        card.reset()
        #expect(try !mayManage(card))
    }

    @Test func `the right stays with PIV and goes with the selection of another application`() throws {
        let memory = CardMemory(try TestCards.cells())
        let other = IdleApplet()
        let card = VirtualCard(
            atr: try TestCards.unpowered().atr, applets: [PIVApplet(memory: memory, randomness: SystemRandomNumberGenerator()), other],
            memory: memory)
        card.powerOn()
        _ = try card.manage()
        _ = try card.send(0xA4, 0x04, 0x00, PIVApplet.name)
        #expect(try mayManage(card))
        #expect(try card.send(0xA4, 0x04, 0x00, IdleApplet.name).status == .success)
        _ = try card.send(0xA4, 0x04, 0x00, PIVApplet.name)
        #expect(try !mayManage(card))
    }

    @Test(arguments: ["00DB3FFF 08 5C035FC106 5301AA", "0047009A 05 AC03800111", "00DB3FFF 05 7E034F01A0"])
    func `nobody manages without the key, not even with the PIN`(command: String) throws {
        let card = try card()
        let before = card.memory.contents.keys.sorted()
        _ = try card.verify("123456")
        #expect(try card.raw(command) == "6982")
        #expect(card.memory.contents.keys.sorted() == before)
    }
}

/// An application that does nothing.
private struct IdleApplet: CardApplet {
    static let name: [UInt8] = [0xD2, 0x76, 0x00, 0x01, 0x24]
    var names: [[UInt8]] { [Self.name] }
    mutating func select(_ command: CommandAPDU) -> ResponseAPDU { .status(.success) }
    mutating func deselect() {}
    mutating func process(_ command: CommandAPDU) -> ResponseAPDU { .status(.instructionNotSupported) }
}
