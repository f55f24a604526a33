internal import ISO7816

/// Bytes of a transparent file, as a command names them.
private struct BinaryPlace {
    let file: CardFile
    let content: [UInt8]
    let offset: Int
}

extension FileSystemApplet {
    /// READ BINARY; ISO/IEC 7816-4, 11.3.3.
    ///
    /// The odd instruction (B1) takes the offset in a data object (`54`) and answers with the bytes in one (`53`).
    mutating func readBinary(_ command: CommandAPDU) -> ResponseAPDU {
        do throws(Refusal) {
            let isOdd = command.instruction == 0xB1
            guard isOdd || command.data.isEmpty else { throw Refusal(.wrongLength) }
            let place = try isOdd ? oddPlace(command).place : evenPlace(command)
            guard fulfils(place.file.access) else { throw Refusal(.securityStatusNotSatisfied) }
            guard let length = command.expectedLength else { throw Refusal(style.readNeedsLength ? .wrongLength : .success) }
            let expected = isOdd ? length - Self.header(of: length) : length
            let left = place.content.count - place.offset
            // Le 00 asks for what there is.
            let asksForMore = length < 256 && expected > left
            switch style.endOfFile {
            case .refuses:
                guard left > 0, !asksForMore else { throw Refusal(.endOfFile) }
            case .shortens, .warns:
                guard left > 0 else { throw Refusal(.offsetOutsideFile) }
            }
            let part = Array(place.content.dropFirst(place.offset).prefix(max(0, min(expected, style.longestRead))))
            let status: StatusWord = style.endOfFile == .warns && asksForMore ? .endOfFile : .success
            return ResponseAPDU(data: isOdd ? TLV(0x53, part).encoded : part, status: status)
        } catch {
            return .status(error.status)
        }
    }

    /// UPDATE BINARY, which never makes a file longer; ISO/IEC 7816-4, 11.3.5.
    ///
    /// The odd instruction (D7) takes offset (`54`) and bytes (`53`) in data objects.
    mutating func updateBinary(_ command: CommandAPDU) -> StatusWord {
        do throws(Refusal) {
            let place: BinaryPlace
            let bytes: [UInt8]
            if command.instruction == 0xD7 {
                let odd = try oddPlace(command)
                guard let new = odd.objects.first(0x53) else { throw Refusal(.wrongData) }
                (place, bytes) = (odd.place, new)
            } else {
                (place, bytes) = (try evenPlace(command), command.data)
            }
            guard fulfils(place.file.update) else { throw Refusal(.securityStatusNotSatisfied) }
            guard !bytes.isEmpty else { throw Refusal(.wrongLength) }
            guard place.offset < place.content.count else { throw Refusal(.offsetOutsideFile) }
            guard place.offset + bytes.count <= place.content.count else { throw Refusal(.notEnoughMemory) }
            let content = place.content.prefix(place.offset) + bytes + place.content.dropFirst(place.offset + bytes.count)
            try keep(.bytes(Array(content)), in: place.file.cell)
            return .success
        } catch {
            return error.status
        }
    }

    /// The current file, or the one with a short identifier in P1, and an offset; 11.3.2.
    private mutating func evenPlace(_ command: CommandAPDU) throws(Refusal) -> BinaryPlace {
        guard command.p1 & 0x80 != 0 else { return try place(offset: Int(command.p1) << 8 | Int(command.p2)) }
        guard command.p1 & 0x60 == 0 else { throw Refusal(.wrongParameters) }
        guard tree.select(shortIdentifier: command.p1 & 0x1F) != nil else { throw Refusal(.fileNotFound) }
        return try place(offset: Int(command.p2))
    }

    /// The current file (P1-P2 zero), or the one whose short or long identifier they are, and an offset of any length; 11.3.2.
    private mutating func oddPlace(_ command: CommandAPDU) throws(Refusal) -> (place: BinaryPlace, objects: [TLV]) {
        let identifier = UInt16(command.p1) << 8 | UInt16(command.p2)
        switch identifier {
        case 0: break
        case 1...30:
            guard tree.select(shortIdentifier: command.p2) != nil else { throw Refusal(.fileNotFound) }
        default:
            guard tree.select(identifier: identifier, .elementary) != nil else { throw Refusal(.fileNotFound) }
        }
        guard let objects = try? TLV.series(parsing: command.data), let offset = objects.first(0x54), offset.count <= 3 else {
            throw Refusal(.wrongData)
        }
        return (try place(offset: offset.reduce(0) { $0 << 8 | Int($1) }), objects)
    }

    private func place(offset: Int) throws(Refusal) -> BinaryPlace {
        guard !tree.current.isDirectory else { throw Refusal(.noCurrentFile) }
        guard tree.current.structure == .transparent, let content = memory.bytes(tree.current.cell) else {
            throw Refusal(.incompatibleFile)
        }
        return BinaryPlace(file: tree.current, content: content, offset: offset)
    }

    /// How many of `length` bytes tag and length of a data object take.
    private static func header(of length: Int) -> Int {
        switch length {
        case ...129: 2
        case ...258: 3
        default: 4
        }
    }
}
