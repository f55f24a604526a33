import ISO7816
import TestSupport
import Testing

struct ExchangeTests {
    /// Feeds `answers` and returns what was sent and what came out.
    private func run(
        _ command: CommandAPDU, _ form: CommandAPDU.Form = .short, mayRepeat: Bool = true, answers: [String]
    ) throws -> (sent: [String], answer: ResponseAPDU?) {
        var exchange = try Exchange(command, form: form, mayRepeat: mayRepeat)
        var sent: [String] = []
        for answer in answers {
            guard case .transmit(let bytes) = try exchange.next() else { break }
            sent.append(bytes.hexadecimal)
            try exchange.receive(try #require([UInt8](hexadecimal: answer)))
        }
        guard case .done(let answer) = try exchange.next() else { return (sent, nil) }
        return (sent, answer)
    }

    private let read = CommandAPDU(instruction: 0xB0, expectedLength: 256)

    @Test(arguments: ["9000", "6A82", "6283", "63C2", "6982", "6F42", "9100", "62829000"])
    func `one answer ends a plain command, whatever its status`(_ answer: String) throws {
        let result = try run(read, answers: [answer])
        #expect(result.sent == ["00B0000000"])
        #expect(result.answer?.encoded.hexadecimal == answer)
    }

    @Test func `data that arrive with 61xx come first`() throws {
        let result = try run(read, answers: ["01026102", "03049000"])
        #expect(result.sent == ["00B0000000", "00C0000002"])
        #expect(result.answer == ResponseAPDU(data: [1, 2, 3, 4], status: .success))
    }

    @Test func `6100 asks for all there is, and several rounds add up`() throws {
        let result = try run(read, answers: ["6100", "AA61FF", "BB6101", "CC9000"])
        #expect(result.sent == ["00B0000000", "00C0000000", "00C00000FF", "00C0000001"])
        #expect(result.answer == ResponseAPDU(data: [0xAA, 0xBB, 0xCC], status: .success))
    }

    @Test func `a remainder that fails keeps what came before`() throws {
        let result = try run(read, answers: ["AA6110", "6F00"])
        #expect(result.answer == ResponseAPDU(data: [0xAA], status: StatusWord(rawValue: 0x6F00)))
    }

    @Test(arguments: [("00", "00"), ("10", "00"), ("0C", "0C"), ("1C", "0C"), ("80", "00"), ("84", "00"), ("90", "00"), ("8C", "00")])
    func `GET RESPONSE keeps an interindustry class without the chaining bit, and is never proprietary`(
        _ given: String, _ expected: String
    ) throws {
        let command = CommandAPDU(instructionClass: try #require(UInt8(given, radix: 16)), instruction: 0xCA, expectedLength: 256)
        #expect(
            try run(command, answers: ["6101", "6C02", "01029000"]).sent == [
                "\(given)CA000000", "\(expected)C0000001", "\(expected)C0000002",
            ])
    }

    @Test func `6Cxx repeats the command once with the length that the card names`() throws {
        let result = try run(read, answers: ["6C05", "01020304059000"])
        #expect(result.sent == ["00B0000000", "00B0000005"])
        #expect(result.answer?.data == [1, 2, 3, 4, 5])
    }

    @Test func `a second 6Cxx is the answer`() throws {
        let result = try run(read, answers: ["6C05", "6C04", "9000"])
        #expect(result.sent.count == 2)
        #expect(result.answer?.status == StatusWord(rawValue: 0x6C04))
    }

    @Test func `an extended command is never repeated on 6Cxx`() throws {
        let command = CommandAPDU(instruction: 0x2A, p1: 0x9E, p2: 0x9A, data: [1], expectedLength: 65_536)
        let result = try run(command, .extended, answers: ["6C00", "9000"])
        #expect(result.sent.count == 1)
        #expect(result.answer?.status == StatusWord(rawValue: 0x6C00))
    }

    @Test func `a command without Le is not repeated on 6Cxx, for there is nothing to correct`() throws {
        let result = try run(CommandAPDU(instruction: 0x20, p2: 0x80, data: [1]), answers: ["6C05", "9000"])
        #expect(result.sent.count == 1)
    }

    @Test func `a chained command is not repeated on 6Cxx, for its parts were consumed`() throws {
        let command = CommandAPDU(instruction: 0x87, data: [UInt8](repeating: 1, count: 300), expectedLength: 256)
        let result = try run(command, answers: ["9000", "6C05", "9000"])
        #expect(result.sent.count == 2)
        #expect(result.answer?.status == StatusWord(rawValue: 0x6C05))
    }

    @Test(arguments: ["6C80", "6C00"])
    func `a command that must run once is not repeated on 6Cxx`(_ answer: String) throws {
        let sign = CommandAPDU(instruction: 0x2A, p1: 0x9E, p2: 0x9A, data: [1], expectedLength: 256)
        let result = try run(sign, mayRepeat: false, answers: [answer, "019000"])
        #expect(result.sent == ["002A9E9A010100"])
        #expect(result.answer?.encoded.hexadecimal == answer)
    }

    @Test(arguments: [true, false])
    func `GET RESPONSE is corrected on 6Cxx, each time, whatever was sent before`(_ mayRepeat: Bool) throws {
        let sign = CommandAPDU(instruction: 0x2A, p1: 0x9E, p2: 0x9A, data: [1], expectedLength: 256)
        let result = try run(sign, mayRepeat: mayRepeat, answers: ["6180", "6C02", "AABB6180", "6C01", "CC9000"])
        #expect(result.sent == ["002A9E9A010100", "00C0000080", "00C0000002", "00C0000080", "00C0000001"])
        #expect(result.answer == ResponseAPDU(data: [0xAA, 0xBB, 0xCC], status: .success))
    }

    @Test func `GET RESPONSE is corrected on 6Cxx after a chain`() throws {
        let command = CommandAPDU(instruction: 0x87, data: [UInt8](repeating: 1, count: 300), expectedLength: 256)
        let result = try run(command, mayRepeat: false, answers: ["9000", "6180", "6C01", "AA9000"])
        #expect(result.sent.suffix(2) == ["00C0000080", "00C0000001"])
        #expect(result.answer?.data == [0xAA])
    }

    @Test func `GET RESPONSE that is wrong twice is the answer`() throws {
        let result = try run(read, answers: ["6110", "6C05", "6C04", "9000"])
        #expect(result.sent.count == 3)
        #expect(result.answer?.status == StatusWord(rawValue: 0x6C04))
    }

    @Test(arguments: [
        (255, [255]), (256, [255, 1]), (266, [255, 11]), (510, [255, 255]), (511, [255, 255, 1]), (1000, [255, 255, 255, 235]),
    ])
    func `long data are cut into a chain whose last part alone has Le`(_ length: Int, _ parts: [Int]) throws {
        let data = (0..<length).map { UInt8($0 % 251) }
        var exchange = try Exchange(CommandAPDU(instruction: 0x87, p1: 7, p2: 0x9A, data: data, expectedLength: 256))
        var sent: [CommandAPDU] = []
        while case .transmit(let bytes) = try exchange.next() {
            sent.append(try CommandAPDU(parsing: bytes))
            try exchange.receive([0x90, 0x00])
        }
        #expect(sent.map(\.data.count) == parts)
        #expect(sent.flatMap(\.data) == data)
        #expect(sent.dropLast().allSatisfy { $0.isChained && $0.expectedLength == nil })
        #expect(sent.last?.isChained == false && sent.last?.expectedLength == 256)
        #expect(sent.allSatisfy { $0.instruction == 0x87 && $0.p1 == 7 && $0.p2 == 0x9A })
    }

    @Test(arguments: ["6982", "6884", "6700", "6110", "6C10"])
    func `a part of a chain that is refused is the last`(_ status: String) throws {
        let command = CommandAPDU(instruction: 0x87, data: [UInt8](repeating: 1, count: 600), expectedLength: 256)
        let result = try run(command, answers: ["9000", status, "9000"])
        #expect(result.sent.count == 2)
        #expect(result.answer?.status.description == status)
    }

    @Test func `long data travel whole in the extended form`() throws {
        let command = CommandAPDU(instruction: 0x87, data: [UInt8](repeating: 1, count: 266), expectedLength: 65_536)
        let result = try run(command, .extended, answers: ["9000"])
        #expect(result.sent.map(\.count) == [2 * (7 + 266 + 2)])
    }

    @Test func `Le beyond the short form asks for all there is`() throws {
        #expect(try run(CommandAPDU(instruction: 0xB0, expectedLength: 700), answers: ["9000"]).sent == ["00B0000000"])
    }

    @Test func `what even the extended form cannot carry is too long`() {
        let command = CommandAPDU(instruction: 0x87, data: [UInt8](repeating: 1, count: 65_536))
        #expect(throws: APDUError.tooLong) { try Exchange(command, form: .extended) }
    }

    @Test(arguments: [("6100", Exchange.maximumEmptyRounds + 1), ("0102036110", Exchange.maximumRounds)])
    func `a card whose 61xx never ends is malformed after bounded work`(_ answer: String, _ limit: Int) throws {
        let bytes = try #require([UInt8](hexadecimal: answer))
        var exchange = try Exchange(read)
        var rounds = 0
        #expect(throws: APDUError.malformed) {
            while rounds < 10_000 {
                rounds += 1
                try exchange.receive(bytes)
            }
        }
        #expect(rounds == limit)
        // Who asks nevertheless sends nothing more.
        #expect(throws: APDUError.malformed) { try exchange.next() }
        #expect(throws: APDUError.malformed) { try exchange.receive([0x90, 0x00]) }
    }

    @Test(arguments: [["90"], ["0102 6110", "6F00"], ["0102 6982"], ["6110", "01"]])
    func `after half an answer a command that runs once is named to nobody again`(_ answers: [String]) throws {
        var exchange = try Exchange(CommandAPDU(instruction: 0x87, data: [1], expectedLength: 256), mayRepeat: false)
        #expect(throws: APDUError.malformed) {
            for answer in answers { try exchange.receive(try #require([UInt8](hexadecimal: answer))) }
        }
        #expect(throws: APDUError.malformed) { try exchange.next() }
    }

    @Test func `the longest answer fits into the rounds that it may take`() throws {
        var exchange = try Exchange(read)
        let piece = [UInt8](repeating: 7, count: 256)
        for _ in 1..<Exchange.maximumAnswer / piece.count { try exchange.receive(piece + [0x61, 0x00]) }
        try exchange.receive(piece + [0x90, 0x00])
        guard case .done(let answer) = try exchange.next() else {
            Issue.record("it was whole")
            return
        }
        #expect(answer.data.count == Exchange.maximumAnswer)
    }

    @Test func `a card that answers large pieces for ever is stopped by their sum`() throws {
        var exchange = try Exchange(read)
        let piece = [UInt8](repeating: 7, count: 256) + [0x61, 0x00]
        #expect(throws: APDUError.malformed) { for _ in 0..<10_000 { try exchange.receive(piece) } }
    }

    @Test(arguments: [[], [0x90]] as [[UInt8]])
    func `an answer without status word is malformed`(_ bytes: [UInt8]) throws {
        var exchange = try Exchange(read)
        #expect(throws: APDUError.malformed) { try exchange.receive(bytes) }
    }

    @Test func `what comes after the end is ignored`() throws {
        var exchange = try Exchange(read)
        try exchange.receive([0x90, 0x00])
        try exchange.receive([0x6F, 0x00])
        #expect(try exchange.next() == .done(ResponseAPDU(status: .success)))
    }

    /// Every GET DATA of a certificate that PivApplet was recorded with, whatever Le it was asked with.
    @Test func `certificates recorded in different pieces come out the same`() throws {
        let exchanges = try Recording("pivapplet", "raw-le-and-transport").exchanges
        let object = try #require(try CardImage("pivapplet").objects?["5FC105"]?.bytes)
        for command in ["00CB3FFF055C035FC10500", "00CB3FFF055C035FC10510", "00CB3FFF055C035FC105FF"] {
            let start = try #require(exchanges.firstIndex { $0.command.bytes.hexadecimal == command })
            var exchange = try Exchange(CommandAPDU(parsing: exchanges[start].command.bytes))
            var position = start
            while case .transmit(let bytes) = try exchange.next() {
                #expect(bytes == exchanges[position].command.bytes)
                try exchange.receive(exchanges[position].response.bytes)
                position += 1
            }
            #expect(try exchange.next() == .done(ResponseAPDU(data: object, status: .success)))
        }
    }

    @Test(arguments: ["6E00", "6F00", "6985"])
    func `a signature whose answer cannot be fetched is no refusal, a read is`(status: String) throws {
        let refusal = try #require([UInt8](hexadecimal: status))
        var signature = try Exchange(read, mayRepeat: false)
        try signature.receive([0x61, 0x10])
        #expect(throws: APDUError.malformed) { try signature.receive(refusal) }
        var reading = try Exchange(read)
        try reading.receive([0x61, 0x10])
        try reading.receive(refusal)
        #expect(try reading.next() == .done(try ResponseAPDU(parsing: refusal)))
        var refused = try Exchange(read, mayRepeat: false)
        try refused.receive(refusal)
        #expect(try refused.next() == .done(try ResponseAPDU(parsing: refusal)))
    }

    @Test(arguments: [("AABB6F42", true), ("AA6982", true), ("6982", false), ("AA6282", true), ("AA9142", true), ("AA9000", false)])
    func `data without success are the remains of an answer, which only matters for what must not be repeated`(
        text: String, isMalformed: Bool
    ) throws {
        let answer = try #require([UInt8](hexadecimal: text))
        for mayRepeat in [true, false] {
            var exchange = try Exchange(CommandAPDU(instruction: 0x87, data: [1], expectedLength: 256), mayRepeat: mayRepeat)
            if isMalformed, !mayRepeat {
                #expect(throws: APDUError.malformed) { try exchange.receive(answer) }
            } else {
                try exchange.receive(answer)
                #expect(try exchange.next() == .done(try ResponseAPDU(parsing: answer)))
            }
        }
    }
}
