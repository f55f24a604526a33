internal import ISO7816

/// A card that is a tree of files with PINs and keys in it; ISO/IEC 7816-4.
///
/// It was personalised and closed: nothing can be written, created or generated any more, for anybody.
struct FileSystemApplet: CardApplet {
    let style: FileSystemStyle
    var tree: FileTree
    /// PINs by the references of VERIFY, each with the PUK that unblocks it.
    var pins: [UInt8: GuardedPIN]
    /// Keys that have numbers instead of files.
    let keys: [UInt8: KeyObject]
    /// Answers of GET DATA, by P1 and P2.
    let objects: [UInt16: [UInt8]]
    var environment: SecurityEnvironment?
    /// The digest that PSO: HASH brought, until a signature takes it.
    var hash: [UInt8]?
    private var randomness: any RandomNumberGenerator & Sendable

    /// A card with all its files.
    ///
    /// - Parameter memory: where the PINs' cells are.
    init(
        _ tree: FileTree, style: FileSystemStyle, pins: [UInt8: FreshPIN], memory: CardMemory, keys: [UInt8: KeyObject] = [:],
        objects: [UInt16: [UInt8]] = [:], randomness: any RandomNumberGenerator & Sendable
    ) {
        self.tree = tree
        self.style = style
        self.keys = keys
        self.pins = Dictionary(uniqueKeysWithValues: pins.map { ($0.key, $0.value.guarded($0.key, in: memory)) })
        self.objects = objects
        self.randomness = randomness
    }

    func hasName(startingWith name: [UInt8]) -> Bool { tree.files.contains { $0.name?.starts(with: name) == true } }

    mutating func select(_ command: CommandAPDU) -> ResponseAPDU {
        guard let file = tree.select(name: command.data) else { return .status(.fileNotFound) }
        if !style.loginSurvivesSelect { forgetLogins() }
        environment = nil
        return information(of: file, for: command)
    }

    mutating func deselect() {
        forgetLogins()
        tree.reset()
        environment = nil
        hash = nil
    }

    mutating func process(_ command: CommandAPDU) -> ResponseAPDU {
        guard command.instructionClass == 0 else { return .status(.classNotSupported) }
        switch command.instruction {
        case 0x20: return .status(verify(command))
        case 0x22: return .status(manageSecurityEnvironment(command))
        case 0x24: return .status(changeReferenceData(command))
        case 0x2A: return performSecurityOperation(command)
        case 0x2C: return .status(resetRetryCounter(command))
        case 0x2E where style.hasDeauthenticate: return .status(deauthenticate(command))
        case 0x84: return challenge(command)
        case 0x88: return internalAuthenticate(command)
        case 0xA4: return selectFile(command)
        case 0xB0: return readBinary(command)
        case 0xCA: return getData(command)
        case 0xCB where style.tellsTriesAsData: return getTries(command)
        // Writing, creating and generating: UPDATE, ERASE, CREATE, DELETE, GENERATE, PUT DATA.
        case 0x0E, 0x46, 0xD6, 0xDA, 0xE0, 0xE4: return .status(.securityStatusNotSatisfied)
        default: return .status(.instructionNotSupported)
        }
    }

    private mutating func forgetLogins() {
        for reference in pins.keys { pins[reference]?.pin.forget() }
    }

    /// Whether what the card knows now fulfils `access`.
    func fulfils(_ access: CardFile.Access) -> Bool {
        switch access {
        case .always: true
        case .pin(let reference): pins[reference]?.pin.isVerified == true
        case .never: false
        }
    }

    /// SELECT by identifier or path; ISO/IEC 7816-4, 11.2.2.
    private mutating func selectFile(_ command: CommandAPDU) -> ResponseAPDU {
        // First or only occurrence; FCI, FCP or nothing.
        guard [0x00, 0x04, 0x0C].contains(command.p2) else { return .status(.wrongParameters) }
        guard command.data.count.isMultiple(of: 2), command.data.count <= 16 else { return .status(.wrongData) }
        let steps = stride(from: 0, to: command.data.count, by: 2).map { UInt16(command.data[$0]) << 8 | UInt16(command.data[$0 + 1]) }
        let file: CardFile?
        switch command.p1 {
        case 0x00...0x02:
            guard let choice = FileTree.Choice(rawValue: command.p1) else { return .status(.wrongParameters) }
            guard steps.count <= 1, !steps.isEmpty || choice == .any else { return .status(.wrongData) }
            // Without data it is the master file.
            file = tree.select(identifier: steps.first ?? CardFile.masterIdentifier, choice)
        case 0x03:
            guard steps.isEmpty else { return .status(.wrongData) }
            file = tree.selectParent()
        case 0x08, 0x09:
            guard !steps.isEmpty else { return .status(.wrongData) }
            file = tree.select(path: steps, fromMaster: command.p1 == 0x08)
        default: return .status(.wrongParameters)
        }
        guard let file else { return .status(.fileNotFound) }
        return information(of: file, for: command)
    }

    private func information(of file: CardFile, for command: CommandAPDU) -> ResponseAPDU {
        if command.p2 == 0x0C || style.informationNeedsLength && command.expectedLength == nil { return .success([]) }
        return .success(file.controlInformation(in: command.p2 == 0x04 ? 0x62 : 0x6F))
    }

    /// READ BINARY of the current file, or of the one with a short identifier in P1; ISO/IEC 7816-4, 11.3.3.
    private mutating func readBinary(_ command: CommandAPDU) -> ResponseAPDU {
        guard command.data.isEmpty else { return .status(.wrongLength) }
        var offset = Int(command.p2)
        if command.p1 & 0x80 != 0 {
            guard command.p1 & 0x60 == 0 else { return .status(.wrongParameters) }
            guard tree.select(shortIdentifier: command.p1 & 0x1F) != nil else { return .status(.fileNotFound) }
        } else {
            offset |= Int(command.p1) << 8
        }
        // 6986: no elementary file is current; 6981: one of another structure is.
        guard !tree.current.isDirectory else { return .status(StatusWord(rawValue: 0x6986)) }
        guard case .transparent(let bytes) = tree.current.content else { return .status(StatusWord(rawValue: 0x6981)) }
        guard fulfils(tree.current.access) else { return .status(.securityStatusNotSatisfied) }
        guard let expected = command.expectedLength else { return .status(style.readNeedsLength ? .wrongLength : .success) }
        let left = bytes.count - offset
        switch style.endOfFile {
        case .refuses:
            guard left > 0, expected >= 256 || expected <= left else { return .status(.endOfFile) }
        case .shortens:
            guard left > 0 else { return .status(.offsetOutsideFile) }
        }
        return .success(Array(bytes.dropFirst(offset).prefix(min(expected, style.longestRead))))
    }

    private func getData(_ command: CommandAPDU) -> ResponseAPDU {
        guard let object = objects[UInt16(command.p1) << 8 | UInt16(command.p2)] else { return .status(.referencedDataNotFound) }
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
