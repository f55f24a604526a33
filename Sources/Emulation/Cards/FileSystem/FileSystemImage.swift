internal import ISO7816

/// A card with files as personalisation leaves it: the plan, and what its files, keys and PINs hold.
///
/// Several cards may be made from one image (twins): what they share is copied into each one's memory.
struct FileSystemImage: Sendable {
    private(set) var plan: FileSystemPlan
    private(set) var cells: [String: CardMemory.Value] = [:]

    /// A card with nothing on it but the master file.
    ///
    /// - Parameter name: the master file's own name, for a card that is one application.
    init(_ style: FileSystemStyle.Name, name: [UInt8]? = nil) {
        plan = FileSystemPlan(style: style, masterName: name)
    }

    /// Adds a directory, which becomes an application by its name.
    mutating func add(directory path: [UInt16], name: [UInt8]? = nil) { plan.files.append(CardFile(path, .directory(name: name))) }

    /// Adds a transparent file.
    mutating func add(
        _ path: [UInt16], _ content: [UInt8], access: AccessCondition = .always, update: AccessCondition = .never,
        shortIdentifier: UInt8? = nil
    ) {
        add(CardFile(path, .transparent, access: access, update: update, shortIdentifier: shortIdentifier), .bytes(content))
    }

    /// Adds a file of records.
    mutating func add(
        _ path: [UInt16], _ records: RecordList, access: AccessCondition = .always, update: AccessCondition = .never,
        shortIdentifier: UInt8? = nil
    ) {
        let file = CardFile(path, .records(records.structure), access: access, update: update, shortIdentifier: shortIdentifier)
        add(file, .bytes(records.content))
    }

    /// Adds a key that has a file.
    mutating func add(
        _ path: [UInt16], _ key: VirtualKey, for purposes: KeyPurposes = .signature, access: AccessCondition,
        update: AccessCondition = .never
    ) {
        add(CardFile(path, .key(key.kind, purposes), access: access, update: update), .key(key))
    }

    /// Adds a key that has a number.
    mutating func add(
        key reference: UInt8, _ key: VirtualKey, for purposes: KeyPurposes = .signature, access: AccessCondition,
        update: AccessCondition = .never
    ) {
        let numbered = NumberedKey(reference: reference, kind: key.kind, purposes: purposes, access: access, update: update)
        plan.keys.append(numbered)
        cells[numbered.cell] = .key(key)
    }

    /// Adds a PIN with its PUK.
    mutating func add(pin reference: UInt8, _ pin: FreshPIN, pukReference: UInt8? = nil) {
        plan.pins.append(
            .init(reference: reference, format: pin.pin.format, pukFormat: pin.puk.format, pukReference: pukReference))
        cells.merge(pin.cells(reference)) { _, new in new }
    }

    /// Adds what GET DATA answers to P1 and P2.
    mutating func add(object identifier: UInt16, _ content: [UInt8]) {
        plan.objects.append(identifier)
        cells[FileSystemPlan.cell(ofObject: identifier)] = .bytes(content)
    }

    /// Adds what RESTORE finds under `number`.
    mutating func add(environment number: UInt8, _ environment: SecurityEnvironment) {
        plan.environments.append(.init(number: number, environment: environment))
    }

    private mutating func add(_ file: CardFile, _ content: CardMemory.Value) {
        plan.files.append(file)
        cells[file.cell] = content
    }

    /// The memory of a new card.
    func memory() -> CardMemory {
        CardMemory(cells.merging([FileSystemPlan.cell: .bytes(plan.encoded)]) { _, new in new })
    }
}
