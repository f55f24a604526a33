internal import ISO7816

/// The PIV application on an emulated card; SP 800-73-4 part 2.
///
/// Behaves as PivApplet where cards differ: the PIN survives a new SELECT of PIV (the standard wants it so, part 2, 3.1.1),
/// is padded with `FF` to 8, and 9C wants VERIFY as the very last command before; a missing PIN shows at the last part
/// of a chain, as on Canokey. The wrong PIN that spends the last try is `63C0`, and every PIN after it `6983`: the standard
/// says so (part 2, 3.2.1), and PivApplet, OpenFIPS201 and Yubico's documentation agree. What lasts is in the card's memory,
/// under the names of ``PIVCells``, and is there before the answer is.
struct PIVApplet: CardApplet {
    /// The full AID, version 1.0; SP 800-73-4 part 1, 2.2.
    static let name: [UInt8] = [0xA0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00, 0x01, 0x00]
    /// The PIN: 6 to 8 digits; SP 800-73-4 part 2, 2.4.3.
    static let pinFormat = ReferenceData.Format(lengths: 6...8, digitsOnly: true, paddedLength: 8, padding: 0xFF)
    /// The PIN with Yubico's extensions: whatever has 8 bytes is compared and costs a try, as ykman blocks a PIN with empty ones.
    ///
    /// That a new one has 6 characters is left to the tools.
    static let yubicoPINFormat = ReferenceData.Format(lengths: 0...8, digitsOnly: false, paddedLength: 8, padding: 0xFF)
    /// The PUK: 8 bytes of any value.
    static let pukFormat = ReferenceData.Format(lengths: 8...8, digitsOnly: false, paddedLength: 8, padding: 0xFF)

    /// What SELECT answers: the application property template; SP 800-73-4 part 2, table 3.
    private static let template = TLV(
        0x61,
        containing: [
            TLV(0x4F, Array(name.dropFirst(5))), TLV(0x79, containing: [TLV(0x4F, Array(name.prefix(5)))]),
            TLV(0x50, Array("Tessera test PIV".utf8)),
        ]
    ).encoded

    let memory: CardMemory
    /// Whose commands this card has beside the standard's.
    let extensions: PIVOptions.Extensions?
    var pin: ReferenceData
    var puk: ReferenceData
    /// Whether the last command was a VERIFY that succeeded.
    var pinJustVerified = false
    private(set) var manager = PIVManagerLogin()
    private var randomness: any RandomNumberGenerator & Sendable

    /// The application whose PIN, PUK, keys and objects are in `memory`, as ``PIVContent`` puts them there.
    init(memory: CardMemory, randomness: any RandomNumberGenerator & Sendable) {
        self.memory = memory
        extensions = memory.bytes(PIVCells.extensions).flatMap { PIVOptions.Extensions(rawValue: String(decoding: $0, as: UTF8.self)) }
        let format = extensions == .yubico ? Self.yubicoPINFormat : Self.pinFormat
        pin = ReferenceData(PIVCells.pin, format: format, in: memory)
        puk = ReferenceData(PIVCells.puk, format: Self.pukFormat, in: memory)
        self.randomness = randomness
    }

    var names: [[UInt8]] { [Self.name] }

    mutating func select(_ command: CommandAPDU) -> ResponseAPDU {
        pinJustVerified = false
        _ = manager.takePending()
        return .success(Self.template)
    }

    mutating func deselect() {
        pin.forget()
        puk.forget()
        manager.forget()
        pinJustVerified = false
    }

    mutating func process(_ command: CommandAPDU) -> ResponseAPDU {
        let fresh = pinJustVerified
        pinJustVerified = false
        let pending = manager.takePending()
        guard command.instructionClass == 0 else { return .status(.classNotSupported) }
        switch command.instruction {
        case 0x20: return .status(verify(command))
        case 0x24: return .status(changeReferenceData(command))
        case 0x2C: return .status(resetRetryCounter(command))
        case 0x47: return generateKeyPair(command)
        case 0x87 where command.p2 == 0x9B:
            return manager.answer(
                command, key: PIVManagementKey.kept(in: memory)?.key, pending: pending, randomness: &randomness)
        case 0x87: return generalAuthenticate(command, pinIsFresh: fresh)
        case 0xCB: return getData(command)
        case 0xDB: return .status(putData(command))
        case 0xA4: return .status(.wrongParameters)
        default: return extended(command)
        }
    }

    /// Yubico's own tool never sends Le.
    var answersUnasked: Bool { extensions == .yubico }

    private mutating func extended(_ command: CommandAPDU) -> ResponseAPDU {
        switch extensions {
        case .yubico: yubico(command)
        case nil: .status(.instructionNotSupported)
        }
    }

    /// Makes changes last; `6581` when the memory does not take them, and then nothing changed.
    func keep(_ changes: [String: CardMemory.Value?]) -> StatusWord {
        do throws(CardMemoryError) { try memory.write(changes) } catch { return .memoryFailure }
        return .success
    }
}
