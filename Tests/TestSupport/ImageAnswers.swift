import ISO7816

/// Answers to reading commands, from what is known to lie on a card.
struct ImageAnswers {
    private let image: CardImage
    /// Whether a read beyond the end returns what is left (IsoApplet), or nothing with `6282` (OsEID).
    private let shortensReads: Bool

    init(_ image: CardImage, shortensReads: Bool) {
        self.image = image
        self.shortensReads = shortensReads
    }

    /// The whole answer, before it is cut to Le; `nil` where the image says nothing.
    func answer(to command: CommandAPDU, selected: String) -> ResponseAPDU? {
        switch (command.instruction, command.p1) {
        case (0xA4, 0x08): select(command)
        case (0xB0, ..<0x80): read(command, selected)
        case (0xCB, 0x3F): object(command)
        case (0xB1, _): readNamed(command)
        case (0x58, _): image.objectList.map { ResponseAPDU(data: $0.flatMap(\.bytes), status: .success) }
        default: nil
        }
    }

    private func select(_ command: CommandAPDU) -> ResponseAPDU? {
        guard let information = image.fci?[ReplayedState.name(of: command)] else {
            return image.fci == nil ? nil : ResponseAPDU(status: .fileNotFound)
        }
        let isWanted = command.p2 == 0 && (shortensReads || command.expectedLength != nil)
        return ResponseAPDU(data: isWanted ? information.bytes : [], status: .success)
    }

    private func read(_ command: CommandAPDU, _ selected: String) -> ResponseAPDU? {
        guard let content = image.files?[selected]?.bytes else { return nil }
        let offset = Int(command.p1) << 8 | Int(command.p2)
        guard let length = command.expectedLength else { return ResponseAPDU(status: shortensReads ? .success : .wrongLength) }
        if shortensReads {
            guard offset < content.count else { return ResponseAPDU(status: .offsetOutsideFile) }
            return ResponseAPDU(data: Array(content.dropFirst(offset).prefix(length)), status: .success)
        }
        // Le 00 asks for what there is, up to 256; any other number has to be there.
        let left = max(0, content.count - offset)
        guard left > 0, length == 256 || length <= left else { return ResponseAPDU(status: .endOfFile) }
        return ResponseAPDU(data: Array(content.dropFirst(offset).prefix(min(length, left))), status: .success)
    }

    /// READ BINARY with odd instruction: the file in P1-P2, the offset in tag `54`.
    private func readNamed(_ command: CommandAPDU) -> ResponseAPDU? {
        guard let files = image.files, let offset = try? TLV(parsingFirstOf: command.data), offset.tag == 0x54 else { return nil }
        guard let content = files[[command.p1, command.p2].hexadecimal.lowercased()]?.bytes else {
            return ResponseAPDU(status: .fileNotFound)
        }
        let start = offset.value.reduce(0) { $0 << 8 | Int($1) }
        guard start <= content.count else { return ResponseAPDU(status: .endOfFile) }
        return ResponseAPDU(data: Array(content.dropFirst(start)), status: .success)
    }

    private func object(_ command: CommandAPDU) -> ResponseAPDU? {
        guard let objects = image.objects, let tag = try? TLV(parsingFirstOf: command.data), tag.tag == 0x5C else { return nil }
        guard let object = objects[tag.value.hexadecimal] else { return ResponseAPDU(status: .fileNotFound) }
        return ResponseAPDU(data: object.bytes, status: .success)
    }
}
