import ISO7816
import TestSupport
import Testing

/// Every length of data, with and without an expected length, in the form that can say it.
@Suite struct APDUProofTests {
    @Test func `a command of any length is read back as it was written`() throws {
        for count in Proof.cases(0...65_535, sample: 600) {
            let data = [UInt8](repeating: UInt8(truncatingIfNeeded: count), count: count)
            for expected in [nil, 256, 65_536] {
                let command = CommandAPDU(instruction: 0xCB, p1: 0x3F, p2: 0xFF, data: data, expectedLength: expected)
                for form in [CommandAPDU.Form.short, .extended] {
                    let fits = count <= form.maximumData && (expected ?? 1) <= form.maximumExpected
                    guard fits else {
                        #expect(throws: APDUError.tooLong) { try command.encoded(form) }
                        continue
                    }
                    let read = try CommandAPDU(parsing: command.encoded(form))
                    #expect(read == command, "\(count) bytes, Le \(String(describing: expected)), \(form)")
                }
            }
        }
    }

    @Test func `a chained command arrives whole, whatever its length`() throws {
        for count in Proof.cases(1...4_096, sample: 300) {
            let command = CommandAPDU(instruction: 0x87, data: (0..<count).map { UInt8(truncatingIfNeeded: $0) }, expectedLength: 256)
            var exchange = try Exchange(command)
            var arrived: [UInt8] = []
            while case .transmit(let bytes) = try exchange.next() {
                let part = try CommandAPDU(parsing: bytes)
                arrived += part.data
                #expect(part.isChained == (arrived.count < count))
                try exchange.receive([0x90, 0x00])
            }
            #expect(arrived == command.data)
        }
    }
}
