internal import ISO7816

/// Records of a file, and which of them a command names.
private struct RecordPlace {
    let file: CardFile
    var list: RecordList
    /// By number, in the order in which they are answered.
    let numbers: [Int]
    /// Whether the record pointer goes to the first of them.
    let movesPointer: Bool
}

extension FileSystemApplet {
    /// READ RECORD: one, or all from one to the end, by number; or by identifier; ISO/IEC 7816-4, 11.4.3.
    mutating func readRecord(_ command: CommandAPDU) -> ResponseAPDU {
        do throws(Refusal) {
            guard command.data.isEmpty else { throw Refusal(.wrongLength) }
            let place = try recordPlace(command)
            guard fulfils(place.file.access) else { throw Refusal(.securityStatusNotSatisfied) }
            guard command.expectedLength != nil else { throw Refusal(.wrongLength) }
            if place.movesPointer { tree.record = place.numbers.first }
            return .success(place.numbers.flatMap { place.list[$0] ?? [] })
        } catch {
            return .status(error.status)
        }
    }

    /// UPDATE RECORD: puts a record in the place of another; ISO/IEC 7816-4, 11.4.5.
    ///
    /// In a cyclic file only the "previous" one can be meant: the oldest, which becomes the newest.
    mutating func updateRecord(_ command: CommandAPDU) -> StatusWord {
        do throws(Refusal) {
            let structure = try recordFile(command)
            if structure.order == .cyclic {
                guard command.p1 == 0x00, command.p2 & 0x07 == 0x03 else { throw Refusal(.wrongParameters) }
                return try add(command.data, to: structure)
            }
            guard command.p2 & 0x07 <= 0x04 else { throw Refusal(.wrongParameters) }
            var place = try recordPlace(command)
            guard fulfils(place.file.update) else { throw Refusal(.securityStatusNotSatisfied) }
            guard structure.takes(command.data.count) else { throw Refusal(.wrongLength) }
            guard let number = place.numbers.first else { throw Refusal(.recordNotFound) }
            place.list.replace(number, with: command.data)
            try keep(.bytes(place.list.content), in: place.file.cell)
            if place.movesPointer { tree.record = number }
            return .success
        } catch {
            return error.status
        }
    }

    /// APPEND RECORD; ISO/IEC 7816-4, 11.4.6.
    mutating func appendRecord(_ command: CommandAPDU) -> StatusWord {
        do throws(Refusal) {
            guard command.p1 == 0x00, command.p2 & 0x07 == 0x00 else { throw Refusal(.wrongParameters) }
            return try add(command.data, to: recordFile(command))
        } catch {
            return error.status
        }
    }

    private mutating func add(_ record: [UInt8], to structure: RecordStructure) throws(Refusal) -> StatusWord {
        guard fulfils(tree.current.update) else { throw Refusal(.securityStatusNotSatisfied) }
        guard structure.takes(record.count) else { throw Refusal(.wrongLength) }
        var list = RecordList(structure, memory.bytes(tree.current.cell) ?? [])
        guard let number = list.append(record) else { throw Refusal(.notEnoughMemory) }
        try keep(.bytes(list.content), in: tree.current.cell)
        tree.record = number
        return .success
    }

    /// Selects the file that P2 names by its short identifier, if it does; how its records are built.
    private mutating func recordFile(_ command: CommandAPDU) throws(Refusal) -> RecordStructure {
        let identifier = command.p2 >> 3
        guard identifier != 31 else { throw Refusal(.wrongParameters) }
        if identifier != 0, tree.select(shortIdentifier: identifier) == nil { throw Refusal(.fileNotFound) }
        guard !tree.current.isDirectory else { throw Refusal(.noCurrentFile) }
        guard case .records(let structure) = tree.current.structure else { throw Refusal(.incompatibleFile) }
        return structure
    }

    /// The records that P1 and the last three bits of P2 name; ISO/IEC 7816-4, 11.4.2.
    private mutating func recordPlace(_ command: CommandAPDU) throws(Refusal) -> RecordPlace {
        let structure = try recordFile(command)
        let list = RecordList(structure, memory.bytes(tree.current.cell) ?? [])
        let mode = command.p2 & 0x07
        let numbers = try mode < 4 ? [byIdentifier(command.p1, mode, in: list)] : byNumber(command.p1, mode, in: list)
        return RecordPlace(file: tree.current, list: list, numbers: numbers, movesPointer: mode < 4)
    }

    /// Record P1, or the current one for P1 = 00; with 5 from there to the last, with 6 from the last down to there.
    private func byNumber(_ p1: UInt8, _ mode: UInt8, in list: RecordList) throws(Refusal) -> [Int] {
        guard let number = p1 == 0 ? tree.record : Int(p1), list[number] != nil else { throw Refusal(.recordNotFound) }
        switch mode {
        case 4: return [number]
        case 5: return Array(number...list.records.count)
        case 6: return (number...list.records.count).reversed()
        default: throw Refusal(.wrongParameters)
        }
    }

    /// The first, last, next or previous record whose first byte is P1; of all records for P1 = 00.
    ///
    /// Where no record is current, the next one is the first, and the previous one the last.
    private func byIdentifier(_ p1: UInt8, _ mode: UInt8, in list: RecordList) throws(Refusal) -> Int {
        let numbers = list.records.indices.map { $0 + 1 }.filter { p1 == 0 || list[$0]?.first == p1 }
        let found: Int? =
            switch (mode, tree.record) {
            case (0, _), (2, nil): numbers.first
            case (2, let current?): numbers.first { $0 > current }
            case (3, let current?): numbers.last { $0 < current }
            default: numbers.last
            }
        guard let found else { throw Refusal(.recordNotFound) }
        return found
    }
}
