import ISO7816
import Testing

@testable import Emulation

/// A card of T=0: P3 is Lc or Le, answers are fetched, and a wrong Le is corrected; ISO/IEC 7816-3, 12.2.
@Suite struct T0TransportTests {
    private func transport() throws -> CardTransport {
        CardTransport(TransportRules(try ATR(parsing: [0x3B, 0x00])))
    }

    private func command(_ intake: CardTransport.Intake) throws -> CommandAPDU {
        guard case .execute(let command) = intake else { throw APDUError.malformed }
        return command
    }

    @Test func `the answer to a command with data waits behind 61xx`() throws {
        var transport = try transport()
        let command = try command(transport.accept([0x00, 0xA4, 0x00, 0x00, 0x02, 0x3F, 0x00]))
        #expect(command.expectedLength == 256)
        #expect(transport.deliver(ResponseAPDU(data: [1, 2, 3], status: .success), to: command) == [0x61, 0x03])
        #expect(transport.accept([0x00, 0xC0, 0x00, 0x00, 0x05]) == .answer([0x6C, 0x03]))
        #expect(transport.accept([0x00, 0xC0, 0x00, 0x00, 0x02]) == .answer([1, 2, 0x61, 0x01]))
        #expect(transport.accept([0x00, 0xC0, 0x00, 0x00, 0x01]) == .answer([3, 0x90, 0x00]))
        #expect(transport.accept([0x00, 0xC0, 0x00, 0x00, 0x01]) == .answer([0x69, 0x85]))
    }

    @Test func `an answer of a status alone is that status`() throws {
        var transport = try transport()
        let verify = try command(transport.accept([0x00, 0x20, 0x00, 0x11, 0x00]))
        #expect(transport.deliver(.status(StatusWord(rawValue: 0x63C3)), to: verify) == [0x63, 0xC3])
        let select = try command(transport.accept([0x00, 0xA4, 0x00, 0x0C, 0x02, 0x3F, 0x00]))
        #expect(transport.deliver(.success([]), to: select) == [0x90, 0x00])
    }

    @Test func `an Le that is too long is corrected, and the command runs once`() throws {
        var transport = try transport()
        let read = try command(transport.accept([0x00, 0xB0, 0x00, 0x00, 0x00]))
        #expect(transport.deliver(.success([7, 8, 9]), to: read) == [0x6C, 0x03])
        #expect(transport.accept([0x00, 0xB0, 0x00, 0x00, 0x03]) == .answer([7, 8, 9, 0x90, 0x00]))
        // A second time is a new command.
        _ = try command(transport.accept([0x00, 0xB0, 0x00, 0x00, 0x03]))
    }

    @Test func `what was corrected is forgotten behind another command`() throws {
        var transport = try transport()
        let read = try command(transport.accept([0x00, 0xB0, 0x00, 0x00, 0x00]))
        _ = transport.deliver(.success([7, 8, 9]), to: read)
        _ = try command(transport.accept([0x00, 0x20, 0x00, 0x11, 0x00]))
        _ = try command(transport.accept([0x00, 0xB0, 0x00, 0x00, 0x03]))
    }

    @Test func `commands that T=0 cannot bring are refused`() throws {
        var transport = try transport()
        #expect(transport.accept([0x00, 0xA4, 0x00, 0x00, 0x02, 0x3F, 0x00, 0x00]) == .answer([0x67, 0x00]))
        #expect(transport.accept([0x00, 0xB0, 0x00, 0x00, 0x00, 0x01, 0x00]) == .answer([0x67, 0x00]))
    }

    @Test func `256 bytes are what P3 of 00 asks for`() throws {
        var transport = try transport()
        let read = try command(transport.accept([0x00, 0xB0, 0x00, 0x00, 0x00]))
        let data = [UInt8](repeating: 1, count: 256)
        #expect(transport.deliver(.success(data), to: read) == data + [0x90, 0x00])
    }

    @Test func `a card of T=1 can be told to refuse lengths of two bytes`() throws {
        let atr = try ATR(parsing: [0x3B, 0x80, 0x80, 0x01, 0x01])
        var short = CardTransport(TransportRules(atr, extendedLength: false))
        #expect(short.accept([0x00, 0xB0, 0x00, 0x00, 0x00, 0x01, 0x00]) == .answer([0x67, 0x00]))
        var extended = CardTransport(TransportRules(atr))
        #expect(try command(extended.accept([0x00, 0xB0, 0x00, 0x00, 0x00, 0x01, 0x00])).expectedLength == 256)
    }
}
