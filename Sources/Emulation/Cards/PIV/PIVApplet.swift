internal import ISO7816

/// The PIV application, as it is after a card was personalised and locked; SP 800-73-4 part 2.
///
/// Behaves as PivApplet where cards differ: the PIN survives a new SELECT of PIV (the standard wants it so, part 2, 3.1.1),
/// is padded with `FF` to 8, and 9C wants VERIFY as the very last command before; a missing PIN shows at the last part
/// of a chain, as on Canokey. The management key was destroyed at personalisation: the card hands out challenges for it,
/// but no answer opens PUT DATA or GENERATE, which stay `6982` for everybody.
struct PIVApplet: CardApplet {
    /// The full AID, version 1.0; SP 800-73-4 part 1, 2.2.
    static let name: [UInt8] = [0xA0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00, 0x01, 0x00]
    /// The PIN: 6 to 8 digits; SP 800-73-4 part 2, 2.4.3.
    static let pinFormat = ReferenceData.Format(lengths: 6...8, digitsOnly: true, paddedLength: 8, padding: 0xFF)
    /// The PUK: 8 bytes of any value.
    static let pukFormat = ReferenceData.Format(lengths: 8...8, digitsOnly: false, paddedLength: 8, padding: 0xFF)

    /// What the PIN is called in the card's memory.
    static let pinName = "PIV PIN"
    /// What the PUK is called in the card's memory.
    static let pukName = "PIV PUK"

    let content: PIVContent
    private var pin: ReferenceData
    private var puk: ReferenceData
    /// Whether the last command was a VERIFY that succeeded.
    private var pinJustVerified = false
    private var randomness: any RandomNumberGenerator & Sendable

    /// The application around `content`, whose PIN and PUK are in `memory` under ``pinName`` and ``pukName``.
    init(_ content: PIVContent, memory: CardMemory, randomness: any RandomNumberGenerator & Sendable) {
        self.content = content
        pin = ReferenceData(Self.pinName, format: Self.pinFormat, in: memory)
        puk = ReferenceData(Self.pukName, format: Self.pukFormat, in: memory)
        self.randomness = randomness
    }

    func hasName(startingWith name: [UInt8]) -> Bool { Self.name.starts(with: name) }

    /// The application property template; SP 800-73-4 part 2, table 3.
    mutating func select(_ command: CommandAPDU) -> ResponseAPDU {
        pinJustVerified = false
        let provider = Self.name.prefix(5)
        let template = TLV(
            0x61,
            containing: [
                TLV(0x4F, Array(Self.name.dropFirst(5))), TLV(0x79, containing: [TLV(0x4F, Array(provider))]),
                TLV(0x50, Array("Tessera test PIV".utf8)),
            ])
        return .success(template.encoded)
    }

    mutating func deselect() {
        pin.forget()
        puk.forget()
        pinJustVerified = false
    }

    mutating func process(_ command: CommandAPDU) -> ResponseAPDU {
        let fresh = pinJustVerified
        pinJustVerified = false
        guard command.instructionClass == 0 else { return .status(.classNotSupported) }
        switch command.instruction {
        case 0x20: return .status(verify(command))
        case 0x24: return .status(changeReferenceData(command))
        case 0x2C: return .status(resetRetryCounter(command))
        case 0x87 where command.p2 == 0x9B: return authenticateManager(command)
        case 0x87: return generalAuthenticate(command, pinIsVerified: pin.isVerified, pinIsFresh: fresh)
        case 0xCB: return getData(command)
        case 0x47, 0xDB: return .status(.securityStatusNotSatisfied)
        case 0xA4: return .status(.wrongParameters)
        default: return .status(.instructionNotSupported)
        }
    }

    /// VERIFY, whose P1 = FF ends the login; SP 800-73-4 part 2, 3.2.1.
    private mutating func verify(_ command: CommandAPDU) -> StatusWord {
        guard command.p2 == 0x80 else { return .referencedDataNotFound }
        switch (command.p1, command.data.isEmpty) {
        case (0x00, true): return pin.status
        case (0x00, false):
            let status = pin.verify(command.data)
            pinJustVerified = status == .success
            return status
        case (0xFF, true):
            pin.forget()
            return .success
        case (0xFF, false): return .wrongData
        default: return .wrongParameters
        }
    }

    /// CHANGE REFERENCE DATA of PIN or PUK: old value, new value; SP 800-73-4 part 2, 3.2.2.
    private mutating func changeReferenceData(_ command: CommandAPDU) -> StatusWord {
        guard command.p1 == 0x00 else { return .wrongParameters }
        guard command.p2 == 0x80 || command.p2 == 0x81 else { return .referencedDataNotFound }
        guard command.data.count == 16 else { return .wrongData }
        let old = Array(command.data.prefix(8))
        let new = Array(command.data.suffix(8))
        return command.p2 == 0x80 ? pin.change(from: old, to: new) : puk.change(from: old, to: new)
    }

    /// RESET RETRY COUNTER: PUK, new PIN; SP 800-73-4 part 2, 3.2.3.
    private mutating func resetRetryCounter(_ command: CommandAPDU) -> StatusWord {
        guard command.p1 == 0x00 else { return .wrongParameters }
        guard command.p2 == 0x80 else { return .referencedDataNotFound }
        guard puk.triesLeft > 0 else { return .authenticationBlocked }
        guard command.data.count == 16 else { return .wrongData }
        let new = Array(command.data.suffix(8))
        guard Self.pinFormat.accepts(new) else { return .wrongData }
        let status = puk.verify(Array(command.data.prefix(8)))
        puk.forget()
        return status == .success ? pin.replace(with: new) : status
    }

    /// GENERAL AUTHENTICATE of the management key (3DES): a challenge for whoever asks; SP 800-73-4 part 2, A.1.
    ///
    /// OpenSC takes its random numbers from here.
    private mutating func authenticateManager(_ command: CommandAPDU) -> ResponseAPDU {
        guard command.p1 == 0x00 || command.p1 == 0x03 else { return .status(.wrongParameters) }
        guard let template = try? TLV(parsingFirstOf: command.data), template.tag == 0x7C, let objects = try? template.children() else {
            return .status(.wrongData)
        }
        guard objects.first(0x81) == [] else { return .status(.securityStatusNotSatisfied) }
        let challenge = (0..<8).map { _ in UInt8.random(in: 0...255, using: &randomness) }
        return .success(TLV(0x7C, containing: [TLV(0x81, challenge)]).encoded)
    }

    /// GET DATA; SP 800-73-4 part 2, 3.1.2.
    ///
    /// Fingerprints, face, printed information and iris answer `6982` before the PIN, even though they are absent.
    private func getData(_ command: CommandAPDU) -> ResponseAPDU {
        guard command.p1 == 0x3F, command.p2 == 0xFF else { return .status(.wrongParameters) }
        guard let object = try? TLV(parsingFirstOf: command.data), object.tag == 0x5C, (1...3).contains(object.value.count) else {
            return .status(.wrongData)
        }
        let tag = object.value.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        if let found = content.objects[tag] { return .success(found) }
        if [0x5FC103, 0x5FC108, 0x5FC109, 0x5FC121].contains(tag), !pin.isVerified { return .status(.securityStatusNotSatisfied) }
        return .status(.fileNotFound)
    }
}
