import ISO7816
import Synchronization
import Testing

@testable import Emulation

@Suite struct ReferenceDataTests {
    private func pin(tries: UInt8 = 3) throws -> ReferenceData {
        let fresh = try #require(FreshReference(Array("123456".utf8), format: PIVApplet.pinFormat, maximumTries: tries))
        return stored(fresh)
    }

    private func stored(_ fresh: FreshReference) -> ReferenceData {
        ReferenceData("PIN", format: fresh.format, in: CardMemory(fresh.cells("PIN")))
    }

    @Test func `the right PIN logs in`() throws {
        var pin = try pin()
        #expect(pin.status.description == "63C3")
        #expect(pin.verify(padded("123456")) == .success)
        #expect(pin.isVerified)
        #expect(pin.status == .success)
    }

    @Test func `the third wrong PIN blocks the card, and the right one does not open it again`() throws {
        var pin = try pin()
        #expect(pin.verify(padded("000000")).description == "63C2")
        #expect(pin.verify(padded("000000")).description == "63C1")
        #expect(pin.verify(padded("000000")).description == "63C0")
        #expect(pin.verify(padded("123456")) == .authenticationBlocked)
        #expect(!pin.isVerified)
        #expect(pin.status == .authenticationBlocked)
    }

    @Test(arguments: [(false, ["63C1", "63C0", "6983", "6983"]), (true, ["63C1", "6983", "6983", "6983"])])
    func `a card tells at the last wrong PIN that it is blocked, or from then on`(atOnce: Bool, statuses: [String]) throws {
        let fresh = try #require(FreshReference(Array("123456".utf8), format: PIVApplet.pinFormat, maximumTries: 2))
        var pin = ReferenceData("PIN", format: fresh.format, in: CardMemory(fresh.cells("PIN")), tellsBlockAtOnce: atOnce)
        #expect(pin.verify(padded("000000")).description == statuses[0])
        // A change compares, too.
        #expect(pin.change(from: padded("000000"), to: padded("654321")).description == statuses[1])
        #expect(pin.change(from: padded("123456"), to: padded("654321")).description == statuses[2])
        #expect(pin.verify(padded("123456")).description == statuses[3])
    }

    @Test(arguments: 1...15 as ClosedRange<UInt8>)
    func `each number of tries counts down one by one`(tries: UInt8) throws {
        var pin = try pin(tries: tries)
        for left in (0..<tries).reversed() {
            let status = pin.verify(padded("999999"))
            #expect(status.triesLeft == Int(left))
        }
        #expect(pin.triesLeft == 0)
    }

    @Test func `a right PIN gives all tries back`() throws {
        var pin = try pin()
        _ = pin.verify(padded("000000"))
        _ = pin.verify(padded("000000"))
        #expect(pin.verify(padded("123456")) == .success)
        #expect(pin.triesLeft == 3)
    }

    @Test func `a wrong PIN ends a login`() throws {
        var pin = try pin()
        _ = pin.verify(padded("123456"))
        _ = pin.verify(padded("123457"))
        #expect(!pin.isVerified)
    }

    @Test(arguments: ["0000000", "12345", "1234567", "12345678", "654321"])
    func `a PIN that differs in any way is wrong or unsuitable, never right`(text: String) throws {
        var pin = try pin()
        #expect(pin.verify(padded(text)) != .success)
    }

    @Test(
        arguments: [
            [], [0x31], Array("123456".utf8), Array("12345a".utf8) + [0xFF, 0xFF], Array("12345".utf8) + [0xFF, 0xFF, 0xFF],
            [0xFF, 0xFF] + Array("123456".utf8), Array("123456".utf8) + [0x00, 0x00], Array("123456".utf8) + [0xFF, 0x37],
            Array("123456".utf8) + [0xFF, 0xFF, 0xFF], Array(repeating: 0xFF, count: 8),
        ] as [[UInt8]])
    func `bytes that can be no PIN cost no try and end no login`(bytes: [UInt8]) throws {
        var pin = try pin()
        _ = pin.verify(padded("123456"))
        #expect(pin.verify(bytes) == .wrongData)
        #expect(pin.triesLeft == 3)
        #expect(pin.isVerified)
    }

    @Test func `a change wants the old value`() throws {
        var pin = try pin()
        #expect(pin.change(from: padded("000000"), to: padded("7654321")).description == "63C2")
        #expect(pin.change(from: padded("123456"), to: padded("7654321")) == .success)
        #expect(pin.verify(padded("123456")).description == "63C2")
        #expect(pin.verify(padded("7654321")) == .success)
    }

    @Test(arguments: ["12345", "abcdef", ""])
    func `an unsuitable new value costs no try and changes nothing`(new: String) throws {
        var pin = try pin()
        #expect(pin.change(from: padded("000000"), to: padded(new)) == .wrongData)
        #expect(pin.change(from: padded("123456"), to: padded(new)) == .wrongData)
        #expect(pin.triesLeft == 3)
        #expect(pin.verify(padded("123456")) == .success)
    }

    @Test func `a blocked PIN cannot be changed, only replaced`() throws {
        var pin = try pin(tries: 1)
        _ = pin.verify(padded("000000"))
        #expect(pin.change(from: padded("123456"), to: padded("654321")) == .authenticationBlocked)
        #expect(pin.replace(with: padded("654321")) == .success)
        #expect(!pin.isVerified)
        #expect(pin.triesLeft == 1)
        #expect(pin.verify(padded("654321")) == .success)
    }

    @Test(arguments: [("", 3), ("12345", 3), ("123456789", 3), ("12345x", 3), ("123456", 0), ("123456", 16)] as [(String, UInt8)])
    func `no card is made with a PIN that nobody could enter`(value: String, tries: UInt8) {
        #expect(FreshReference(Array(value.utf8), format: PIVApplet.pinFormat, maximumTries: tries) == nil)
    }

    @Test func `other cards pad with zeros, or not at all`() throws {
        let zeros = ReferenceData.Format(lengths: 4...16, digitsOnly: true, paddedLength: 16, padding: 0x00)
        var isoApplet = stored(try #require(FreshReference(Array("123456".utf8), format: zeros, maximumTries: 3)))
        #expect(isoApplet.verify(padded("123456")) == .wrongData)
        #expect(isoApplet.verify(Array("123456".utf8) + Array(repeating: 0, count: 10)) == .success)
        let exact = ReferenceData.Format(lengths: 8...8, digitsOnly: false, paddedLength: 8, padding: 0xFF)
        var puk = stored(try #require(FreshReference(Array(repeating: 0xFF, count: 8), format: exact, maximumTries: 3)))
        #expect(puk.verify(Array(repeating: 0xFF, count: 8)) == .success)
    }

    @Test func `the counter is down and lasting before the comparison, and up again after a right one`() throws {
        let kept = Mutex<[UInt8]>([])
        let fresh = try #require(FreshReference(Array("123456".utf8), format: PIVApplet.pinFormat, maximumTries: 3))
        let memory = CardMemory(fresh.cells("PIN")) { cells throws(CardMemoryError) in
            if case .bytes(let bytes)? = cells["PIN tries"], let left = bytes.first { kept.withLock { $0.append(left) } }
        }
        var pin = ReferenceData("PIN", format: fresh.format, in: memory)
        _ = pin.verify(padded("000000"))
        #expect(kept.withLock { $0 } == [2])
        _ = pin.verify(padded("123456"))
        #expect(kept.withLock { $0 } == [2, 1, 3])
    }

    @Test(arguments: 1...2) func `a change that cannot be written leaves the old value, and nobody logged in`(failing: Int) throws {
        let writes = Mutex(0)
        let fresh = try #require(FreshReference(Array("123456".utf8), format: PIVApplet.pinFormat, maximumTries: 3))
        let memory = CardMemory(fresh.cells("PIN")) { _ throws(CardMemoryError) in
            let number = writes.withLock { writes in
                writes += 1
                return writes
            }
            if number == failing { throw .notKept("full") }
        }
        var pin = ReferenceData("PIN", format: fresh.format, in: memory)
        #expect(pin.change(from: padded("123456"), to: padded("654321")) == .memoryFailure)
        #expect(!pin.isVerified)
        #expect(pin.triesLeft == (failing == 1 ? 3 : 2))
        #expect(writes.withLock { $0 } == failing)
        #expect(pin.verify(padded("654321")) != .success)
        #expect(pin.verify(padded("123456")) == .success)
    }

    @Test func `a change takes two writes: a try less, then value and all tries at once`() throws {
        let kept = Mutex<[(tries: UInt8?, value: [UInt8])]>([])
        let fresh = try #require(FreshReference(Array("123456".utf8), format: PIVApplet.pinFormat, maximumTries: 3))
        let memory = CardMemory(fresh.cells("PIN")) { cells throws(CardMemoryError) in
            let memory = CardMemory(cells)
            kept.withLock { $0.append((memory.bytes("PIN tries")?.first, memory.bytes("PIN value") ?? [])) }
        }
        var pin = ReferenceData("PIN", format: fresh.format, in: memory)
        #expect(pin.change(from: padded("123456"), to: padded("654321")) == .success)
        #expect(kept.withLock { $0.map(\.tries) } == [2, 3])
        #expect(kept.withLock { $0.map(\.value) } == [padded("123456"), padded("654321")])
    }

    @Test func `a memory that cannot be written gives no comparison, and no login`() throws {
        let fresh = try #require(FreshReference(Array("123456".utf8), format: PIVApplet.pinFormat, maximumTries: 3))
        let memory = CardMemory(fresh.cells("PIN")) { _ throws(CardMemoryError) in throw .notKept("full") }
        var pin = ReferenceData("PIN", format: fresh.format, in: memory)
        for value in ["123456", "000000"] { #expect(pin.verify(padded(value)) == .memoryFailure) }
        #expect(pin.replace(with: padded("654321")) == .memoryFailure)
        #expect(!pin.isVerified && pin.triesLeft == 3)
    }
}
