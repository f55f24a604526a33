import ISO7816

/// Lists and reads the files of a SmartCard-HSM: ENUMERATE OBJECTS and READ BINARY with odd instruction.
///
/// A file is named in P1-P2, so nothing has to be selected. Some cards end a read at the bytes that were asked for, some
/// announce the rest with `61xx`; either way reading goes on behind what has arrived.
struct SmartCardHSMFiles {
    /// The first bytes of file identifiers; the second is the key's number.
    enum Kind: UInt8 {
        /// What PKCS#15 says of a private key (PrKD).
        case description = 0xC4
        /// The key itself, which nobody can read.
        case key = 0xCC
        /// The certificate of the key, or the request for one.
        case certificate = 0xCE
    }

    /// The most bytes of one file that are read: more than any certificate has.
    static let maximumSize = 0x4000
    /// The most commands that one file may take.
    static let maximumReads = 128
    /// TokenInfo, as ISO/IEC 7816-15 has it.
    static let tokenInfo: UInt16 = 0x2F03

    let channel: any CardChannel
    /// How long commands and answers may be.
    let limits: LengthLimits
    /// How long the reading of all files may take.
    let budget: TimeBudget

    /// The numbers of the keys on the card, each once, without the device's own, which is 0.
    func keys() async throws(CardError) -> [UInt8] {
        let command = CommandAPDU(instructionClass: 0x80, instruction: 0x58, expectedLength: 256)
        let list = try await channel.send(command, within: budget).orRefused("the list of objects")
        guard list.count.isMultiple(of: 2) else { throw CardError(.malformedAnswer, "the list of objects") }
        let identifiers = stride(from: 0, to: list.count, by: 2).map { (kind: list[$0], number: list[$0 + 1]) }
        var numbers: [UInt8] = []
        for (kind, number) in identifiers where kind == Kind.key.rawValue && number != 0 && !numbers.contains(number) {
            numbers.append(number)
        }
        return numbers
    }

    /// The content of a file; `nil` where there is none.
    func content(_ kind: Kind, of key: UInt8) async throws(CardError) -> [UInt8]? {
        try await content(UInt16(kind.rawValue) << 8 | UInt16(key))
    }

    /// The content of the file with this identifier; `nil` where there is none.
    func content(_ identifier: UInt16) async throws(CardError) -> [UInt8]? {
        let name = [UInt8(identifier >> 8), UInt8(identifier & 0xFF)]
        // What real cards return at most, in one answer of extended length: OpenSC, card-sc-hsm.h.
        let most = 1014
        var limits = limits
        var content: [UInt8] = []
        for _ in 0..<Self.maximumReads where content.count < Self.maximumSize {
            let offset = TLV(0x54, [UInt8(content.count >> 8), UInt8(content.count & 0xFF)]).encoded
            let command = CommandAPDU(
                instruction: 0xB1, p1: name[0], p2: name[1], data: offset, expectedLength: min(limits.maximumExpected, most))
            let response = try await channel.sendReading(command, limits: &limits, within: budget)
            content += response.data
            switch response.status {
            case .success where !response.data.isEmpty && !Self.isWhole(content): continue
            case .success, .endOfFile: return content
            case .fileNotFound where content.isEmpty: return nil
            default: throw CardError(.refused(response.status), "file \(name.hexadecimal)")
            }
        }
        return content
    }

    /// Whether the object that the file begins with is there to its end: then nobody has to ask whether more follows.
    ///
    /// All of these files are one object.
    private static func isWhole(_ content: [UInt8]) -> Bool { (try? TLV(parsingFirstOf: content)) != nil }
}
