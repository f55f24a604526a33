import ISO7816
import Testing

struct StatusWordTests {
    @Test func `every status word prints as its four digits and reads back`() throws {
        for raw in 0...UInt16.max {
            let status = StatusWord(rawValue: raw)
            #expect(StatusWord(status.sw1, status.sw2) == status)
            #expect(status.bytes == [UInt8(raw >> 8), UInt8(raw & 0xFF)])
        }
        #expect(StatusWord(rawValue: 0x6F42).description == "6F42")
        #expect(StatusWord(rawValue: 0x0001).description == "0001")
    }

    @Test func `families match all their members and nothing else`() {
        for raw in 0...UInt16.max {
            let status = StatusWord(rawValue: raw)
            #expect((StatusWord.moreData ~= status) == (raw >> 8 == 0x61))
            #expect((StatusWord.wrongExpectedLength ~= status) == (raw >> 8 == 0x6C))
            #expect((StatusWord.wrongPIN ~= status) == (raw >> 4 == 0x63C))
            #expect((StatusWord.success ~= status) == (raw == 0x9000))
        }
    }

    @Test(
        arguments: [(0x63C0, 0), (0x63C1, 1), (0x63CF, 15), (0x6983, 0), (0x6300, nil), (0x6982, nil), (0x9000, nil)] as [(UInt16, Int?)])
    func `63Cx says how many tries are left`(_ raw: UInt16, _ tries: Int?) {
        #expect(StatusWord(rawValue: raw).triesLeft == tries)
    }

    @Test(
        arguments: [
            (0x9000, "done"), (0x6110, "more data waits"), (0x6C10, "wrong expected length"), (0x63C1, "wrong PIN"), (0x6300, "wrong PIN"),
            (0x6282, "end of file"), (0x6581, "the card's memory failed"), (0x6700, "wrong length"),
            (0x6982, "security status not satisfied"),
            (0x6983, "blocked, no tries left"), (0x6984, "reference data not usable"), (0x6985, "conditions of use not satisfied"),
            (0x6A80, "wrong data"),
            (0x6A81, "function not supported"), (0x6A82, "file or application not found"), (0x6A88, "referenced data not found"),
            (0x6B00, "offset outside the file"), (0x6D00, "instruction not supported"), (0x6E00, "class not supported"),
            (0x6F42, "refused"),
        ] as [(UInt16, String)])
    func `known status words have a meaning, unknown ones are refused`(_ raw: UInt16, _ meaning: String) {
        #expect(StatusWord(rawValue: raw).meaning == meaning)
    }
}
