import Pictures
import Testing

@Suite struct QRCodeTests {
    /// What each version holds at error correction M (ISO/IEC 18004, table of capacities): digits, alphanumeric, bytes.
    static let capacities = [
        (1, 34, 20, 14), (2, 63, 38, 26), (3, 101, 61, 42), (4, 149, 90, 62), (5, 202, 122, 84), (6, 255, 154, 106), (7, 293, 178, 122),
        (8, 365, 221, 152), (9, 432, 262, 180), (10, 513, 311, 213), (11, 604, 366, 251), (12, 691, 419, 287), (13, 796, 483, 331),
        (14, 871, 528, 362), (15, 991, 600, 412),
    ]

    @Test(arguments: capacities)
    func `each version holds what the standard says, in each mode`(version: Int, digits: Int, alphanumeric: Int, bytes: Int) throws {
        for (letter, capacity) in [("7", digits), ("Z", alphanumeric), ("z", bytes)] {
            let code = try QRCode(encoding: String(repeating: letter, count: capacity))
            #expect(code.version == version)
            #expect(code.size == 17 + 4 * version)
            let longer = String(repeating: letter, count: capacity + 1)
            if version < QRCode.maximumVersion {
                #expect(try QRCode(encoding: longer).version == version + 1)
            } else {
                #expect(throws: PictureError.textTooLarge(bytes: capacity + 1, version: 16, limit: 15)) { try QRCode(encoding: longer) }
            }
        }
    }

    @Test func `all signs of Base45 are alphanumeric, and one other sign makes bytes of all`() throws {
        let base45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
        #expect(base45.count == 45)
        let text = "SC1:" + String(repeating: base45, count: 13)  // 589 of 600 signs; as bytes, 412 would be the end
        #expect(try QRCode(encoding: text).version == 15)
        #expect(throws: PictureError.textTooLarge(bytes: 589, version: 19, limit: 15)) {
            try QRCode(encoding: "sC1:" + text.dropFirst(4))
        }
    }

    @Test func `letters beyond ASCII cost their bytes and the announcement`() throws {
        #expect(try QRCode(encoding: String(repeating: "é", count: 204) + "!").version == 15)
        #expect(throws: PictureError.textTooLarge(bytes: 412, version: 16, limit: 15)) {
            try QRCode(encoding: String(repeating: "é", count: 206))
        }
    }

    @Test(
        arguments: [(413, 16), (997, 25), (998, 26), (2331, 40), (2332, nil), (7089, nil), (7090, nil), (1_000_000, nil)]
            as [(Int, Int?)])
    func `a text beyond the limit says which version would hold it`(count: Int, version: Int?) {
        #expect(throws: PictureError.textTooLarge(bytes: count, version: version, limit: 15)) {
            try QRCode(encoding: String(repeating: "q", count: count))
        }
    }

    @Test func `an empty text is refused`() {
        #expect(throws: PictureError.emptyText) { try QRCode(encoding: "") }
    }

    @Test(arguments: [1, 2, 7, 15])
    func `three corners have their patterns, and the fourth has none`(version: Int) throws {
        let count = try #require(Self.capacities.first { $0.0 == version }).2
        let code = try QRCode(encoding: String(repeating: "A", count: count))
        let finder = [
            "#######", "#     #", "# ### #", "# ### #", "# ### #", "#     #", "#######",
        ]
        func corner(_ left: Int, _ top: Int) -> [String] {
            (top..<top + 7).map { y in (left..<left + 7).map { code[x: $0, y: y] ? "#" : " " }.joined() }
        }
        let far = code.size - 7
        #expect(corner(0, 0) == finder)
        #expect(corner(far, 0) == finder)
        #expect(corner(0, far) == finder)
        #expect(corner(far, far) != finder)
        // The timing patterns alternate between the corners, beginning dark.
        for index in 8..<code.size - 8 {
            #expect(code[x: index, y: 6] == index.isMultiple(of: 2))
            #expect(code[x: 6, y: index] == index.isMultiple(of: 2))
        }
    }

    @Test(arguments: [(-1, 0), (0, -1), (21, 0), (0, 21), (Int.min, Int.max), (-4, 24)])
    func `everything outside is light`(x: Int, y: Int) throws {
        let code = try QRCode(encoding: "A")
        #expect(code.size == 21)
        #expect(!code[x: x, y: y])
        #expect(code[x: 0, y: 0] && code[x: 20, y: 0] && code[x: 0, y: 20])
    }

    @Test func `the same text makes the same code, another makes another`() throws {
        #expect(try QRCode(encoding: "SAME") == QRCode(encoding: "SAME"))
        #expect(try QRCode(encoding: "SAME") != QRCode(encoding: "SOME"))
    }
}
