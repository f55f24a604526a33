import ISO7816
import Synchronization
import Testing

@testable import Emulation

/// Files of records; ISO/IEC 7816-4, 11.4.
@Suite struct RecordTests {
    private func card(_ order: RecordStructure.Order, capacity: Int = 4, update: AccessCondition = .always) throws -> VirtualCard {
        let structure = RecordStructure(order: order, length: 3, capacity: capacity)
        var image = FileSystemImage(.iso)
        image.add(
            [0x2000], RecordList(structure, records: [[0x10, 1, 1], [0x20, 2, 2], [0x10, 3, 3]]), update: update, shortIdentifier: 0x03)
        image.add([0x2001], [0x42], shortIdentifier: 0x04)
        image.add(pin: 1, try FreshPIN("1234", puk: "123456", for: .osEID, tries: 3))
        return try .files(image)
    }

    @Test func `records are read by number, one or many, from a selected file or by its short identifier`() throws {
        let card = try card(.linearFixed)
        #expect(try card.raw("00B2010400") == "6986")
        _ = try card.raw("00A4000C022000")
        #expect(try card.raw("00B2010400") == "1001019000")
        #expect(try card.raw("00B2030400") == "1003039000")
        #expect(try card.raw("00B2040400") == "6A83")
        #expect(try card.raw("00B2020500") == "2002021003039000")
        #expect(try card.raw("00B2020600") == "1003032002029000")
        #expect(try card.raw("00B2021C00") == "2002029000")
        #expect(try card.raw("00B2022400") == "6981")
        #expect(try card.raw("00B2022C00") == "6A82")
        #expect(try card.raw("00B202FC00") == "6A86")
        #expect(try card.raw("00B2021F00") == "6A86")
        #expect(try card.raw("00B20204") == "6700")
    }

    @Test func `first, last, next and previous go by the pointer, and by the identifier where there is one`() throws {
        let card = try card(.linearFixed)
        _ = try card.raw("00A4000C022000")
        #expect(try card.raw("00B2000400") == "6A83")
        #expect(try card.raw("00B2000200") == "1001019000")
        #expect(try card.raw("00B2000200") == "2002029000")
        #expect(try card.raw("00B2000400") == "2002029000")
        // By number the pointer stays.
        #expect(try card.raw("00B2010400") == "1001019000")
        #expect(try card.raw("00B2000200") == "1003039000")
        #expect(try card.raw("00B2000200") == "6A83")
        #expect(try card.raw("00B2000300") == "2002029000")
        #expect(try card.raw("00B2100200") == "1003039000")
        #expect(try card.raw("00B2100300") == "1001019000")
        #expect(try card.raw("00B2200100") == "2002029000")
        #expect(try card.raw("00B2300000") == "6A83")
        // Naming the current file by its short identifier leaves the pointer, selecting it anew does not.
        #expect(try card.raw("00B2001A00") == "1003039000")
        _ = try card.raw("00A4000C022000")
        #expect(try card.raw("00B2000300") == "1003039000")
    }

    @Test func `records of one length are replaced and added until the file is full`() throws {
        let card = try card(.linearFixed)
        _ = try card.raw("00A4000C022000")
        #expect(try card.raw("00DC02040320AABB") == "9000")
        #expect(try card.raw("00B2020400") == "20AABB9000")
        #expect(try card.raw("00DC0204022001") == "6700")
        #expect(try card.raw("00DC0504030102FF") == "6A83")
        #expect(try card.raw("00E2000003300405") == "9000")
        #expect(try card.raw("00B2000400") == "3004059000")
        #expect(try card.raw("00E2000003300405") == "6A84")
        #expect(try card.raw("00E2010003300405") == "6A86")
        #expect(try card.raw("00DC00020320AABB") == "6A83")
        #expect(try card.raw("00DC0205032001FF") == "6A86")
    }

    @Test func `records with lengths of their own are at most as long as the file says`() throws {
        let card = try card(.linearVariable)
        _ = try card.raw("00A4000C022000")
        #expect(try card.raw("00DC02040120") == "9000")
        #expect(try card.raw("00B2010500") == "100101" + "20" + "100303" + "9000")
        #expect(try card.raw("00DC02040420010203") == "6700")
        #expect(try card.raw("00E2000002AABB") == "9000")
        #expect(try card.raw("00B2040400") == "AABB9000")
    }

    @Test func `in a cyclic file the newest is number 1, and the oldest makes room`() throws {
        let card = try card(.cyclic, capacity: 3)
        _ = try card.raw("00A4000C022000")
        #expect(try card.raw("00E2000003300405") == "9000")
        #expect(try card.raw("00B2010500") == "300405100101200202" + "9000")
        #expect(try card.raw("00DC000303400607") == "9000")
        #expect(try card.raw("00B2010500") == "400607300405100101" + "9000")
        #expect(try card.raw("00DC0104034006FF") == "6A86")
        #expect(try card.raw("00B2000400") == "4006079000")
    }

    @Test func `writing has a condition of its own`() throws {
        let card = try card(.linearFixed, update: .pin(1))
        _ = try card.raw("00A4000C022000")
        #expect(try card.raw("00DC02040320AABB") == "6982")
        #expect(try card.raw("00E2000003300405") == "6982")
        _ = try card.raw("002000010831323334FFFFFFFF")
        #expect(try card.raw("00DC02040320AABB") == "9000")
        #expect(try card.raw("00E2000003300405") == "9000")
        card.reset()
        _ = try card.raw("00A4000C022000")
        #expect(try card.raw("00E2000003300405") == "6982")
    }

    @Test func `what was written is there after power was lost`() throws {
        let card = try card(.linearVariable)
        _ = try card.raw("00A4000C022000")
        _ = try card.raw("00E2000002AABB")
        #expect(try card.remade().raw("00B2041C00") == "AABB9000")
    }

    @Test func `SELECT tells structure, length and number of the records`() throws {
        let card = try card(.linearFixed)
        let size = "80020009"
        let descriptor = "8205" + "0221" + "000303"
        #expect(try card.raw("00A4000402200000") == "621A" + size + descriptor + "83022000" + "880118" + "8A0107" + "8C03030000" + "9000")
    }

    @Test func `a memory that cannot be written answers 6581, and the record is as it was`() throws {
        let isBroken = Mutex(false)
        var image = FileSystemImage(.iso)
        let structure = RecordStructure(order: .linearFixed, length: 1, capacity: 4)
        image.add([0x2000], RecordList(structure, records: [[1]]), update: .always)
        let memory = CardMemory(image.memory().contents) { _ throws(CardMemoryError) in
            if isBroken.withLock({ $0 }) { throw .notKept("the disk is full") }
        }
        let applet = try #require(FileSystemApplet(memory, randomness: SystemRandomNumberGenerator()))
        let card = VirtualCard(atr: try ATR(parsing: [0x3B, 0x80, 0x80, 0x01, 0x01]), applets: [applet], memory: memory)
        card.powerOn()
        _ = try card.raw("00A4000C022000")
        isBroken.withLock { $0 = true }
        #expect(try card.raw("00DC01040102") == "6581")
        #expect(try card.raw("00E20000012A") == "6581")
        #expect(try card.raw("00B2010500") == "019000")
    }
}
