import ISO7816
import Testing

@testable import Emulation

@Suite struct VirtualWitnessTests {
    @Test func `a card that is used and reset is the same, one that was out is not, although it is back`() async throws {
        let readers = VirtualReaders()
        try readers.attach("a")
        #expect(await readers.witness(of: "a") == nil)
        #expect(await readers.witness(of: "no such reader") == nil)
        let card = try TestCards.unpowered()
        try readers.insert(card, in: "a")
        let session = try readers.open("a")
        let witness = try #require(await readers.witness(of: "a"))
        #expect(await witness.isSameCard())
        await session.end(.reset)
        #expect(await witness.isSameCard())
        readers.pull(from: "a")
        #expect(await !witness.isSameCard())
        try readers.insert(card, in: "a")
        #expect(await !witness.isSameCard())
        #expect(try await #require(readers.witness(of: "a")).isSameCard())
    }

    @Test func `a reader that was detached and attached anew has another card`() async throws {
        let readers = VirtualReaders()
        try readers.attach("a")
        let card = try TestCards.unpowered()
        try readers.insert(card, in: "a")
        let witness = try #require(await readers.witness(of: "a"))
        readers.detach("a")
        #expect(await !witness.isSameCard())
        try readers.attach("a")
        try readers.insert(card, in: "a")
        #expect(await !witness.isSameCard())
    }

    @Test func `a card in another reader is no matter`() async throws {
        let readers = VirtualReaders()
        for name in ["a", "b"] { try readers.attach(name) }
        try readers.insert(try TestCards.unpowered(), in: "a")
        try readers.insert(try TestCards.unpowered(), in: "b")
        let witness = try #require(await readers.witness(of: "a"))
        readers.pull(from: "b")
        #expect(await witness.isSameCard())
    }
}
