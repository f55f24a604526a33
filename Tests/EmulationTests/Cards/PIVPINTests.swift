import ISO7816
import Testing

@testable import Emulation

@Suite struct PIVPINTests {
    @Test(
        arguments: [
            // Query, then P1, P2, bodies that are refused without a comparison.
            ("00200080", "63C3"), ("00200081", "6A88"), ("00200000", "6A88"), ("00200180", "6A86"), ("0020FF80", "9000"),
            ("0020FF8008313233343536FFFF", "6A80"), ("002000800131", "6A80"), ("0020008006313233343536", "6A80"),
            ("00200080 08 313233343536 0000", "6A80"), ("80200080", "6E00"), ("00200080 09 313233343536FFFFFF", "6A80"),
            // Right, wrong.
            ("00200080 08 313233343536FFFF", "9000"), ("00200080 08 363534333231FFFF", "63C2"), ("00200080 08 3132333435363738", "63C2"),
        ])
    func `VERIFY on a fresh card`(command: String, status: String) throws {
        #expect(try TestCards.powered().raw(command) == status)
    }

    @Test func `the third wrong PIN blocks the card`() throws {
        let card = try TestCards.powered()
        #expect(try card.verify("000000").description == "63C2")
        #expect(try card.verify("000000").description == "63C1")
        #expect(try card.verify("000000").description == "63C0")
        #expect(try card.verify("123456").description == "6983")
        #expect(try card.pinStatus().description == "6983")
        card.reset()
        #expect(try card.verify("123456").description == "6983")
    }

    @Test func `a query answers 9000 while logged in, and P1 FF logs out`() throws {
        let card = try TestCards.powered()
        _ = try card.verify("123456")
        #expect(try card.pinStatus() == .success)
        #expect(try card.raw("0020FF80") == "9000")
        #expect(try card.pinStatus().triesLeft == 3)
    }

    @Test func `the PIN survives a new SELECT of PIV, as the standard wants`() throws {
        let card = try TestCards.powered()
        _ = try card.verify("123456")
        _ = try card.send(0xA4, 0x04, 0x00, PIVApplet.name)
        #expect(try card.pinStatus() == .success)
        #expect(try card.send(0xA4, 0x04, 0x00, [0xD2, 0x76]).status == .fileNotFound)
        #expect(try card.pinStatus() == .success)
    }

    @Test func `the PIN is changed with the old one`() throws {
        let card = try TestCards.powered()
        #expect(try card.send(0x24, 0, 0x80, padded("123456") + padded("7777777"), expecting: nil).status == .success)
        card.reset()
        #expect(try card.verify("123456").triesLeft == 2)
        #expect(try card.verify("7777777") == .success)
    }

    @Test func `a wrong old PIN costs a try, and the third one blocks`() throws {
        let card = try TestCards.powered()
        for left in [2, 1, 0] {
            #expect(try card.send(0x24, 0, 0x80, padded("000000") + padded("7777777"), expecting: nil).status.triesLeft == left)
        }
        #expect(try card.verify("123456") == .authenticationBlocked)
    }

    @Test(
        arguments: [
            ("002401800100", "6A86"), ("002400820100", "6A88"), ("00240080", "6A80"), ("0024008008313233343536FFFF", "6A80"),
            ("0024008010 313233343536FFFF 3132FFFFFFFFFFFF", "6A80"), ("0024008010 313233343536FFFF 616263646566FFFF", "6A80"),
        ])
    func `a change that cannot be costs no try`(command: String, status: String) throws {
        let card = try TestCards.powered()
        #expect(try card.raw(command) == status)
        #expect(try card.pinStatus().triesLeft == 3)
    }

    @Test func `the PUK opens a blocked PIN and sets a new one, without a login`() throws {
        let card = try TestCards.powered(tries: 1)
        _ = try card.verify("000000")
        let body = Array("12345678".utf8) + padded("654321")
        #expect(try card.send(0x2C, 0, 0x80, body, expecting: nil).status == .success)
        #expect(try card.pinStatus().triesLeft == 1)
        #expect(try card.verify("654321") == .success)
    }

    @Test func `wrong PUKs block it for good, and the PIN stays as it was`() throws {
        let card = try TestCards.powered()
        let wrong = Array("87654321".utf8) + padded("654321")
        for left in [2, 1, 0] { #expect(try card.send(0x2C, 0, 0x80, wrong, expecting: nil).status.triesLeft == left) }
        let right = Array("12345678".utf8) + padded("654321")
        #expect(try card.send(0x2C, 0, 0x80, right, expecting: nil).status == .authenticationBlocked)
        #expect(try card.verify("123456") == .success)
    }

    @Test(
        arguments: [
            ("002C01800100", "6A86"), ("002C00810100", "6A88"), ("002C0080", "6A80"), ("002C008008 3132333435363738", "6A80"),
            ("002C008010 3132333435363738 31FFFFFFFFFFFFFF", "6A80"),
        ])
    func `an unblocking that cannot be costs no PUK try`(command: String, status: String) throws {
        let card = try TestCards.powered(tries: 1)
        #expect(try card.raw(command) == status)
        let right = Array("12345678".utf8) + padded("654321")
        #expect(try card.send(0x2C, 0, 0x80, right, expecting: nil).status == .success)
    }

    @Test func `the PUK is changed with the old one`() throws {
        let card = try TestCards.powered()
        let change = Array("12345678".utf8) + Array("11111111".utf8)
        #expect(try card.send(0x24, 0, 0x81, change, expecting: nil).status == .success)
        #expect(try card.send(0x2C, 0, 0x80, Array("12345678".utf8) + padded("654321"), expecting: nil).status.triesLeft == 2)
        #expect(try card.send(0x2C, 0, 0x80, Array("11111111".utf8) + padded("654321"), expecting: nil).status == .success)
    }

    @Test func `twins made from one content have tries of their own`() throws {
        let first = try TestCards.powered()
        let second = try TestCards.powered()
        _ = try first.verify("000000")
        #expect(try first.pinStatus().triesLeft == 2)
        #expect(try second.pinStatus().triesLeft == 3)
        #expect(try first.certificate(.signature) == second.certificate(.signature))
    }

    @Test func `a PIN in a chain of commands is one VERIFY`() throws {
        let card = try TestCards.powered()
        #expect(try card.raw("10200080 04 30303030") == "9000")
        #expect(try card.raw("00200080 04 3030FFFF") == "63C2")
        #expect(try card.raw("10200080 04 31323334") == "9000")
        #expect(try card.raw("00200080 04 3536FFFF") == "9000")
        // Half a PIN that another command cut off is compared with nothing.
        #expect(try card.raw("10200080 04 30303030") == "9000")
        _ = try card.object([0x7E])
        #expect(try card.pinStatus() == .success)
    }
}
