import Crypto
import ISO7816
import SwiftASN1
import Synchronization
import Testing
import X509

@testable import Emulation

/// PUT DATA and GENERATE ASYMMETRIC KEY PAIR, and what is left of them when power goes.
@Suite struct PIVWritingTests {
    private static let digest = Array(SHA256.hash(data: Array("a message".utf8)))

    /// A card whose management is open.
    private func managed(_ extensions: PIVOptions.Extensions? = nil) throws -> VirtualCard {
        let card = try TestCards.powered(options: PIVOptions(extensions: extensions))
        try #require(try card.manage() == .success)
        return card
    }

    @Test(arguments: [1, 200, 256, 1500, 3063]) func `an object is read as it was written, after a reset too`(count: Int) throws {
        let card = try managed()
        let content = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7) }
        #expect(try card.put([0x5F, 0xC1, 0x05], content) == .success)
        #expect(try card.object([0x5F, 0xC1, 0x05]).data == TLV(0x53, content).encoded)
        card.reset()
        #expect(try card.object([0x5F, 0xC1, 0x05]).data == TLV(0x53, content).encoded)
    }

    @Test func `an extended PUT DATA and a chained one write the same`() throws {
        let card = try managed()
        let content = Array(repeating: UInt8(0x42), count: 900)
        let data = TLV(0x5C, [0x5F, 0xC1, 0x0A]).encoded + TLV(0x53, content).encoded
        #expect(try card.send(0xDB, 0x3F, 0xFF, data, expecting: nil, form: .extended).status == .success)
        let extended = try card.object([0x5F, 0xC1, 0x0A])
        #expect(try card.put([0x5F, 0xC1, 0x0A], content) == .success)
        #expect(try card.object([0x5F, 0xC1, 0x0A]) == extended)
    }

    @Test func `an empty object is deleted`() throws {
        let card = try managed()
        #expect(try card.put([0x5F, 0xC1, 0x05], []) == .success)
        #expect(try card.object([0x5F, 0xC1, 0x05]).status == .fileNotFound)
    }

    @Test func `an object that is too large is refused and the old one stays`() throws {
        let card = try managed()
        let before = try card.object([0x5F, 0xC1, 0x05])
        #expect(try card.put([0x5F, 0xC1, 0x05], Array(repeating: 1, count: 3064)).description == "6A84")
        #expect(try card.object([0x5F, 0xC1, 0x05]) == before)
    }

    @Test func `the discovery object is written under its own tag`() throws {
        let card = try managed()
        let discovery = TLV(0x7E, containing: [TLV(0x4F, PIVApplet.name), TLV(0x5F2F, [0x60, 0x10])]).encoded
        #expect(try card.send(0xDB, 0x3F, 0xFF, discovery, expecting: nil).status == .success)
        #expect(try card.object([0x7E]).data == discovery)
    }

    @Test(arguments: [0x03, 0x08, 0x09, 0x21] as [UInt8])
    func `what is read with the PIN only stays so when it is there`(last: UInt8) throws {
        let card = try managed()
        #expect(try card.put([0x5F, 0xC1, last], [1, 2, 3]) == .success)
        #expect(try card.object([0x5F, 0xC1, last]).status == .securityStatusNotSatisfied)
        _ = try card.verify("123456")
        #expect(try card.object([0x5F, 0xC1, last]).data == [0x53, 0x03, 1, 2, 3])
    }

    @Test(
        arguments: [
            ("00DB0000 08 5C035FC106 5301AA", "6A86"), ("00DB3FFF 05 5C035FC106", "6A80"), ("00DB3FFF", "6A80"),
            ("00DB3FFF 08 5C035FC106 5401AA", "6A80"), ("00DB3FFF 08 5C035FC106 5305AA", "6A80"),
            ("00DB3FFF 09 5C045FC10601 5301AA", "6A80"),
            ("00DB3FFF 08 5C035FC124 5301AA", "6A81"), ("00DB3FFF 08 5C035FFF00 5301AA", "6A81"), ("00DB3FFF 03 530101", "6A80"),
        ])
    func `what cannot be written is told why`(command: String, status: String) throws {
        #expect(try managed().raw(command) == status)
    }

    @Test(arguments: [(0x11, 0x9A), (0x14, 0x9C), (0x11, 0x9D), (0x11, 0x9E)] as [(UInt8, UInt8)])
    func `the public half that is told belongs to the key that signs`(algorithm: UInt8, reference: UInt8) throws {
        let card = try managed()
        let response = try card.generate(algorithm, in: reference)
        #expect(response.status == .success)
        let template = try TLV(parsingFirstOf: response.data)
        #expect(template.tag == 0x7F49)
        let point = try template.children().required(0x86)
        _ = try card.verify("123456")
        let signature = try answer(card.authenticate(algorithm, reference, Self.digest))
        if algorithm == 0x11 {
            let key = try P256.Signing.PublicKey(x963Representation: point)
            #expect(try key.isValidSignature(.init(derRepresentation: signature), for: SHA256.hash(data: Array("a message".utf8))))
        } else {
            let key = try P384.Signing.PublicKey(x963Representation: point)
            #expect(try key.isValidSignature(.init(derRepresentation: signature), for: SHA256.hash(data: Array("a message".utf8))))
        }
    }

    @Test func `an RSA key is told as modulus and exponent`() throws {
        let parts = try TLV(parsingFirstOf: managed().generate(0x07, in: 0x9A).data).children()
        #expect(parts.map(\.tag) == [0x81, 0x82])
        #expect(parts.first(0x81)?.count == 256 && parts.first(0x81)?.first.map { $0 >= 0x80 } == true)
        #expect(parts.first(0x82) == [0x01, 0x00, 0x01])
    }

    @Test(
        arguments: [
            ("0047009A 05 AC03800199", "6A80"), ("0047009A 05 AC03800106", "6A80"), ("0047009A 02 AC00", "6A80"), ("0047009A", "6A80"),
            ("0047009A 08 AC06800111 810101", "6A80"), ("0047009A 08 AC06800111 AA0101", "6A80"), ("0047009B 05 AC03800111", "6A86"),
            ("00470082 05 AC03800111", "6A86"), ("0047019A 05 AC03800111", "6A86"), ("004700F9 05 AC03800111", "6A86"),
        ])
    func `a key that cannot be made is told why, and the old one stays`(command: String, status: String) throws {
        let card = try managed()
        let old = try card.certificate(.authentication).publicKey
        #expect(try card.raw(command) == status)
        let key = try #require(card.memory.key(PIVCells.key(0x9A)))
        #expect(try .init(derEncoded: key.publicKey()) == old)
    }

    /// All states that a memory was ever in.
    private final class History: Sendable {
        let states = Mutex<[[String: CardMemory.Value]]>([])
        let isFull = Mutex(false)

        func memory(_ cells: [String: CardMemory.Value]) -> CardMemory {
            states.withLock { $0 = [cells] }
            return CardMemory(cells) { cells throws(CardMemoryError) in
                if self.isFull.withLock({ $0 }) { throw .notKept("full") }
                self.states.withLock { $0.append(cells) }
            }
        }
    }

    @Test func `power lost around GENERATE leaves the old key or the new one, whole`() throws {
        let history = History()
        let card = try VirtualCard.piv(memory: history.memory(TestCards.cells()))
        card.powerOn()
        _ = try card.manage()
        let made = try TLV(parsingFirstOf: card.generate(0x14, in: 0x9A).data).children().required(0x86)
        let states = history.states.withLock { $0 }
        #expect(states.count == 2)
        var algorithms: [UInt8] = []
        for cells in states {
            let restored = try VirtualCard.piv(memory: CardMemory(cells))
            restored.powerOn()
            _ = try restored.verify("123456")
            for algorithm in [0x11, 0x14] as [UInt8] where try restored.authenticate(algorithm, 0x9A, Self.digest).status == .success {
                algorithms.append(algorithm)
            }
        }
        #expect(algorithms == [0x11, 0x14])
        let last = try #require(states.last)
        guard case .key(let key) = last[PIVCells.key(0x9A)] else { throw VirtualKeyError.failure(of: "test") }
        #expect(key.publicParts?.objects == [TLV(0x86, made)])
    }

    @Test func `a memory that takes nothing answers 6581, and everything is as before`() throws {
        let history = History()
        let card = try VirtualCard.piv(memory: history.memory(TestCards.cells()))
        card.powerOn()
        _ = try card.manage()
        _ = try card.verify("123456")
        let before = try card.object([0x5F, 0xC1, 0x05])
        history.isFull.withLock { $0 = true }
        #expect(try card.generate(0x14, in: 0x9A) == .status(.memoryFailure))
        #expect(try card.put([0x5F, 0xC1, 0x05], [1]) == .memoryFailure)
        #expect(try card.object([0x5F, 0xC1, 0x05]) == before)
        #expect(try card.authenticate(0x11, 0x9A, Self.digest).status == .success)
    }

    @Test func `a twin does not see what was written to the other`() throws {
        let first = try managed()
        let second = try TestCards.powered()
        let before = try second.object([0x5F, 0xC1, 0x05])
        _ = try first.put([0x5F, 0xC1, 0x05], [1])
        _ = try first.generate(0x14, in: 0x9E)
        #expect(try second.object([0x5F, 0xC1, 0x05]) == before)
        #expect(try second.authenticate(0x11, 0x9E, Self.digest).status == .success)
    }
}
