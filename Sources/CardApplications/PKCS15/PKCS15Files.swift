import ISO7816

/// Reads files off a card: SELECT by path, READ BINARY; ISO/IEC 7816-4, 11.2.2 and 11.3.3.
///
/// Cards differ in what they do at the end of a file, so the size in the file's control parameters (FCI) is never overrun,
/// and every way of saying "no more" ends the reading.
struct PKCS15Files {
    /// What a file holds, which says where reading it may end.
    enum Content {
        /// A series of objects, with padding behind.
        case directory
        /// The same, most likely short: its size is not asked for where that costs a command.
        case shortDirectory
        /// One object, whose own header tells its length.
        case object
    }

    /// The most bytes of one file that are read: more than any certificate or directory has.
    static let maximumSize = 0x4000
    /// The most commands that one file may take, for a card that returns next to nothing each time.
    static let maximumReads = 512
    /// What is asked for of a short directory: a description of two PINs and some filling.
    ///
    /// The card of a shorter file says how short it is.
    private static let block = 128

    let channel: any CardChannel
    /// How long commands and answers may be.
    let limits: LengthLimits
    /// How long the reading of all files may take.
    let budget: TimeBudget

    /// The content that `path` names.
    ///
    /// - Throws: ``CardError/Code/refused(_:)`` when there is no such file or it cannot be read.
    func content(of path: PKCS15Path, as kind: Content) async throws(CardError) -> [UInt8] {
        let subject = "file \(path.fileIdentifiers.hexadecimal)"
        let size = try await select(path, as: kind)
        var end = min(size ?? Self.maximumSize, Self.maximumSize)
        end = min(end, path.length.map { path.offset + $0 } ?? end)
        var content: [UInt8] = []
        var reads = 0
        var limits = limits
        while path.offset + content.count < end, reads < Self.maximumReads {
            reads += 1
            let offset = path.offset + content.count
            // Without a size nobody knows what an extended command would ask for.
            let most = size != nil ? limits.maximumExpected : kind == .shortDirectory ? Self.block : LengthLimits.short.maximumExpected
            let asked = min(end - offset, most)
            let command = CommandAPDU(instruction: 0xB0, p1: UInt8(offset >> 8), p2: UInt8(offset & 0xFF), expectedLength: asked)
            let response = try await channel.sendReading(command, limits: &limits, within: budget)
            content += response.data.prefix(end - offset)
            switch response.status {
            case .success where response.data.isEmpty: return content
            case .success: break
            case .endOfFile: return content
            case .offsetOutsideFile where !content.isEmpty || path.offset == 0: return content
            default: throw CardError(.refused(response.status), subject)
            }
            switch kind {
            case .directory where Self.isEnd(response.data) && Self.isWhole(content): return content
            // Its size is not known over T=0, where there is less than was asked for only when the card has said that this is all.
            case .shortDirectory
            where (Self.isEnd(response.data) || size == nil && response.data.count < asked) && Self.isWhole(content):
                return content
            case .directory, .shortDirectory: break
            case .object where reads == 1 && path.offset + content.count < end:
                if let whole = channel.recalled(content), whole.count <= end - path.offset { return whole }
                fallthrough
            case .object: end = min(end, Self.length(ofObjectIn: content).map { path.offset + $0 } ?? end)
            }
        }
        return content
    }

    /// SELECT, with the file's control parameters as answer, of which the size is of interest.
    ///
    /// Over T=0 they cost a command more: an object tells its length by itself, so they are not fetched for one.
    private func select(_ path: PKCS15Path, as kind: Content) async throws(CardError) -> Int? {
        let subject = "file \(path.fileIdentifiers.hexadecimal)"
        var command = CommandAPDU(instruction: 0xA4, p1: path.isBare ? 0x00 : 0x08, p2: 0x00, data: path.fileIdentifiers)
        if kind != .directory, channel.atr.protocols == [0] {
            try await channel.selectUnanswered(command, subject)
            return nil
        }
        command.expectedLength = 256
        return Self.size(in: try await channel.send(command, within: budget).orRefused(subject))
    }

    /// SELECT of a key's file, which has no content that anybody could read.
    func selectKey(_ path: PKCS15Path) async throws(CardError) {
        let command = CommandAPDU(instruction: 0xA4, p1: 0x08, p2: 0x0C, data: path.fileIdentifiers)
        _ = try await channel.send(command).orRefused("key file \(path.fileIdentifiers.hexadecimal)")
    }

    /// The size in FCI or FCP: tag `80` (content) on some cards, `81` (with structure) on others; ISO/IEC 7816-4, table 10.
    static func size(in information: [UInt8]) -> Int? {
        guard let template = try? TLV(parsingFirstOf: information), template.tag == 0x6F || template.tag == 0x62,
            let parameters = try? template.children(), let size = parameters.first(0x80) ?? parameters.first(0x81)
        else { return nil }
        return try? PKCS15Object.number(size)
    }

    /// How long the sequence is that `content` begins with, header included; `nil` when its header is not there or not one.
    static func length(ofObjectIn content: [UInt8]) -> Int? {
        guard content.count >= 2, content[0] == 0x30 else { return nil }
        let first = Int(content[1])
        guard first >= 0x80 else { return 2 + first }
        let count = first - 0x80
        guard (1...2).contains(count), content.count >= 2 + count else { return nil }
        return content[2..<2 + count].reduce(0) { $0 << 8 | Int($1) } + 2 + count
    }

    /// Whether `content` is a series of whole objects.
    private static func isWhole(_ content: [UInt8]) -> Bool { (try? TLV.series(parsing: content)) != nil }

    /// Whether a chunk ends in at least 16 bytes of padding.
    private static func isEnd(_ chunk: [UInt8]) -> Bool {
        let tail = chunk.suffix(16)
        return tail.count == 16 && (tail.allSatisfy { $0 == 0x00 } || tail.allSatisfy { $0 == 0xFF })
    }
}
