internal import ISO7816

/// A PIN and the PUK that unblocks it, at work in a card.
struct GuardedPIN: Sendable {
    var pin: ReferenceData
    var puk: ReferenceData

    /// The PIN that ``FreshPIN/cells(_:)`` put into `memory`.
    init(_ planned: FileSystemPlan.PIN, of style: FileSystemStyle, in memory: CardMemory) {
        let (pinName, pukName) = (FreshPIN.pinName(planned.reference), FreshPIN.pukName(planned.reference))
        pin = ReferenceData(pinName, format: planned.format, in: memory, tellsBlockAtOnce: style.tellsBlockAtOnce)
        puk = ReferenceData(pukName, format: planned.pukFormat, in: memory, tellsBlockAtOnce: style.tellsBlockAtOnce)
    }
}

/// A PIN and the PUK that unblocks it, as personalisation gives them to a card.
struct FreshPIN: Sendable {
    let pin: FreshReference
    let puk: FreshReference

    /// What goes into the card's memory for the PIN with this reference.
    func cells(_ reference: UInt8) -> [String: CardMemory.Value] {
        pin.cells(Self.pinName(reference)).merging(puk.cells(Self.pukName(reference))) { pin, _ in pin }
    }

    fileprivate static func pinName(_ reference: UInt8) -> String { "PIN \([reference].hexadecimal)" }
    fileprivate static func pukName(_ reference: UInt8) -> String { "PUK \([reference].hexadecimal)" }
}

extension FileSystemApplet {
    /// VERIFY of a PIN or a PUK; without data it asks how things stand, and P1 = FF ends the login; ISO/IEC 7816-4, 11.5.6.
    mutating func verify(_ command: CommandAPDU) -> StatusWord {
        if pins[command.p2] != nil { return pins[command.p2]?.pin.answer(to: command) ?? .referencedDataNotFound }
        guard let guarded = plan.pins.first(where: { $0.pukReference == command.p2 })?.reference else { return .referencedDataNotFound }
        return pins[guarded]?.puk.answer(to: command) ?? .referencedDataNotFound
    }

    /// GET DATA of a PIN's counter, as on identity cards of Thales: `A0 { 83 reference }` is answered with `DF21`, the tries.
    func getTries(_ command: CommandAPDU) -> ResponseAPDU {
        guard command.p1 == 0x00, command.p2 == 0xFF else { return .status(.wrongParameters) }
        guard let query = try? TLV(parsingFirstOf: command.data), query.tag == 0xA0, let reference = try? query.children().first(0x83),
            reference.count == 1
        else { return .status(.wrongData) }
        guard let pin = pins[reference[0]]?.pin else { return .status(.referencedDataNotFound) }
        return .success(TLV(0xA0, containing: [TLV(0x83, reference), TLV(0xDF21, [pin.triesLeft])]).encoded)
    }

    /// CHANGE REFERENCE DATA: the old value, then the new one, padded alike; ISO/IEC 7816-4, 11.5.7.
    mutating func changeReferenceData(_ command: CommandAPDU) -> StatusWord {
        guard command.p1 == 0x00 else { return .wrongParameters }
        guard let length = pins[command.p2]?.pin.format.paddedLength else { return .referencedDataNotFound }
        guard command.data.count == 2 * length else { return .wrongData }
        return pins[command.p2]?.pin.change(from: Array(command.data.prefix(length)), to: Array(command.data.suffix(length)))
            ?? .referencedDataNotFound
    }

    /// RESET RETRY COUNTER: the PUK, then the new PIN; ISO/IEC 7816-4, 11.5.10.
    ///
    /// The login is not given with it.
    mutating func resetRetryCounter(_ command: CommandAPDU) -> StatusWord {
        guard command.p1 == 0x00 else { return .wrongParameters }
        guard var reference = pins[command.p2] else { return .referencedDataNotFound }
        guard reference.puk.triesLeft > 0 else { return .authenticationBlocked }
        let pukLength = reference.puk.format.paddedLength
        let new = Array(command.data.dropFirst(pukLength))
        guard command.data.count > pukLength, reference.pin.format.accepts(new) else { return .wrongData }
        let status = reference.puk.verify(Array(command.data.prefix(pukLength)))
        reference.puk.forget()
        let result = status == .success ? reference.pin.replace(with: new) : status
        pins[command.p2] = reference
        return result
    }
}

extension ReferenceData {
    /// The answer to VERIFY.
    fileprivate mutating func answer(to command: CommandAPDU) -> StatusWord {
        switch (command.p1, command.data.isEmpty) {
        case (0x00, true): return status
        case (0x00, false): return verify(command.data)
        case (0xFF, true):
            forget()
            return .success
        default: return .wrongParameters
        }
    }
}
