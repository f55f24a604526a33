internal import ISO7816

/// A card that is a tree of files with PINs and keys in it; ISO/IEC 7816-4.
///
/// All that it is and holds is in the card's memory; what stands here besides is working memory, and lost with power. Files
/// are not created and not deleted any more: it was personalised, and what may still change says each file's condition.
struct FileSystemApplet: CardApplet {
    let plan: FileSystemPlan
    let style: FileSystemStyle
    let memory: CardMemory
    var tree: FileTree
    /// PINs by the references of VERIFY, each with the PUK that unblocks it.
    var pins: [UInt8: GuardedPIN]
    /// The current security environment: a template for each purpose.
    var environment: [SecurityEnvironment.Purpose: SecurityEnvironment] = [:]
    /// The digest that PSO: HASH brought, until a signature takes it.
    var hash: [UInt8]?
    private var randomness: any RandomNumberGenerator & Sendable

    /// The card that is in `memory`.
    ///
    /// - Returns: `nil` when that memory is none of a card with files.
    init?(_ memory: CardMemory, randomness: any RandomNumberGenerator & Sendable) {
        guard let plan = memory.bytes(FileSystemPlan.cell).flatMap(FileSystemPlan.init(parsing:)) else { return nil }
        self.plan = plan
        self.memory = memory
        self.randomness = randomness
        let style = FileSystemStyle(plan.style)
        self.style = style
        tree = FileTree(plan.files, name: plan.masterName)
        pins = Dictionary(plan.pins.map { ($0.reference, GuardedPIN($0, of: style, in: memory)) }, uniquingKeysWith: { first, _ in first })
    }

    var names: [[UInt8]] { tree.names }

    mutating func select(_ command: CommandAPDU) -> ResponseAPDU {
        guard let file = tree.select(name: command.data) else { return .status(.fileNotFound) }
        if !style.loginSurvivesSelect { forgetLogins() }
        environment = [:]
        return information(of: file, for: command)
    }

    mutating func deselect() {
        forgetLogins()
        tree.reset()
        environment = [:]
        hash = nil
    }

    mutating func process(_ command: CommandAPDU) -> ResponseAPDU {
        guard command.instructionClass == 0 else { return .status(.classNotSupported) }
        if style.isClosed, command.instruction != 0x84 { return .status(.securityStatusNotSatisfied) }
        switch command.instruction {
        case 0x20: return .status(verify(command))
        case 0x22: return .status(manageSecurityEnvironment(command))
        case 0x24: return .status(changeReferenceData(command))
        case 0x2A: return performSecurityOperation(command)
        case 0x2C: return .status(resetRetryCounter(command))
        case 0x2E where style.hasDeauthenticate: return .status(deauthenticate(command))
        case 0x46, 0x47: return generateKeyPair(command)
        case 0x84: return challenge(command)
        case 0x88: return internalAuthenticate(command)
        case 0xA4: return selectFile(command)
        case 0xB0, 0xB1: return readBinary(command)
        case 0xB2: return readRecord(command)
        case 0xCA: return getData(command)
        case 0xCB where style.tellsTriesAsData: return getTries(command)
        case 0xD6, 0xD7: return .status(updateBinary(command))
        case 0xDC: return .status(updateRecord(command))
        case 0xE2: return .status(appendRecord(command))
        // Erasing, creating and deleting: ERASE, PUT DATA, CREATE, DELETE.
        case 0x0E, 0xDA, 0xE0, 0xE4: return .status(.securityStatusNotSatisfied)
        default: return .status(.instructionNotSupported)
        }
    }

    private mutating func forgetLogins() {
        for reference in pins.keys {
            pins[reference]?.pin.forget()
            pins[reference]?.puk.forget()
        }
    }

    /// Whether what the card knows now fulfils `condition`.
    func fulfils(_ condition: AccessCondition) -> Bool {
        switch condition {
        case .always: true
        case .pin(let reference): pins[reference]?.pin.isVerified == true
        case .never: false
        }
    }

    /// Changes one cell of the card's memory.
    ///
    /// - Throws: `6581`, and then nothing has changed.
    func keep(_ value: CardMemory.Value, in cell: String) throws(Refusal) {
        do throws(CardMemoryError) { try memory.write([cell: value]) } catch { throw Refusal(.memoryFailure) }
    }

    /// SELECT by identifier or path; ISO/IEC 7816-4, 11.2.2.
    private mutating func selectFile(_ command: CommandAPDU) -> ResponseAPDU {
        // First or only occurrence; FCI, FCP or nothing.
        guard [0x00, 0x04, 0x0C].contains(command.p2) else { return .status(.wrongParameters) }
        guard command.data.count.isMultiple(of: 2), command.data.count <= 16 else { return .status(.wrongData) }
        let steps = stride(from: 0, to: command.data.count, by: 2).compactMap { UInt16(bigEndian: command.data[$0..<$0 + 2]) }
        let file: CardFile?
        switch command.p1 {
        case 0x00...0x02:
            guard let choice = FileTree.Choice(rawValue: command.p1) else { return .status(.wrongParameters) }
            guard steps.count <= 1, !steps.isEmpty || choice == .any else { return .status(.wrongData) }
            // Without data it is the master file.
            file = tree.select(identifier: steps.first ?? CardFile.masterIdentifier, choice, below: style.findsFilesBelow)
        case 0x03:
            guard steps.isEmpty else { return .status(.wrongData) }
            file = tree.selectParent()
        case 0x09 where style.hasNoRelativePaths: return .status(.wrongParameters)
        case 0x08, 0x09:
            guard !steps.isEmpty else { return .status(.wrongData) }
            file = tree.select(path: steps, fromMaster: command.p1 == 0x08)
        default: return .status(.wrongParameters)
        }
        guard let file else { return .status(.fileNotFound) }
        return information(of: file, for: command)
    }

    /// What P2 asks to be told of a file; P2 was checked before.
    private func information(of file: CardFile, for command: CommandAPDU) -> ResponseAPDU {
        let wanted = command.p2 & 0x0C
        if wanted == 0x0C || style.informationNeedsLength && command.expectedLength == nil { return .success([]) }
        var size: Int?
        var records = 0
        switch file.structure {
        case .directory: break
        case .transparent: size = memory.bytes(file.cell)?.count
        case .records(let structure):
            let list = RecordList(structure, memory.bytes(file.cell) ?? [])
            records = list.records.count
            size = list.records.reduce(0) { $0 + $1.count }
        case .key(let kind, _): size = kind.bits
        }
        let information = FileControlInformation(file: file, size: size, records: records)
        return .success(information.encoded(style.information, in: wanted == 0x04 ? 0x62 : 0x6F))
    }

    private func getData(_ command: CommandAPDU) -> ResponseAPDU {
        let identifier = UInt16(command.p1) << 8 | UInt16(command.p2)
        guard plan.objects.contains(identifier), let object = memory.bytes(FileSystemPlan.cell(ofObject: identifier)) else {
            return .status(.referencedDataNotFound)
        }
        return .success(object)
    }

    /// GET CHALLENGE; ISO/IEC 7816-4, 11.5.3.
    private mutating func challenge(_ command: CommandAPDU) -> ResponseAPDU {
        guard command.p1 == 0, command.p2 == 0, command.data.isEmpty else { return .status(.wrongParameters) }
        guard let count = command.expectedLength, count <= 256 else { return .status(.wrongLength) }
        return .success((0..<count).map { _ in UInt8.random(in: 0...255, using: &randomness) })
    }

    /// Ends one login, or all of them (P2 = 00).
    private mutating func deauthenticate(_ command: CommandAPDU) -> StatusWord {
        guard command.p1 == 0x00 else { return .wrongParameters }
        if command.p2 == 0x00 {
            forgetLogins()
            return .success
        }
        guard pins[command.p2] != nil else { return .referencedDataNotFound }
        pins[command.p2]?.pin.forget()
        return .success
    }
}
