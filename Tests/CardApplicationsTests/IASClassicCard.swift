import CardProfiles
import ISO7816
import Secrets
import Synchronization

/// A card as FACTS describes IAS Classic and Classic V3: PKCS#15 files in DF 5000, PIN 11, signatures in two steps.
final class IASClassicCard: CardChannel {
    /// What differs between the cards that there may be.
    struct Manner {
        /// Where its directory files are; the profile's guess, or elsewhere.
        var directoryFiles = ["5006", "5002", "5001"]
        /// Whether the answers come as over T=0: with GET RESPONSE.
        var isT0 = false
        /// Whether VERIFY without data tells the tries, or GET DATA has to be asked.
        var tellsTries = true
        /// What it answers to an empty VERIFY when it does not.
        var statusInstead = StatusWord.wrongLength
        /// The PINs that the AODF describes (authentication identifier, reference), and which of them guards each key.
        var pins: [(id: UInt8, reference: UInt8)] = [(1, 0x11)]
        var guards: [UInt8] = [1, 1]
        /// What its keys are called.
        var labels = ["User Cert Auth", "User Cert Sig"]
        /// The numbers that its keys have.
        var keyReferences: [UInt8] = [1, 2]
        /// The flags of the second PIN: local, initialised, padded, and whatever else.
        var secondPINFlags: UInt8 = 0x0C
        /// Whether object directory and TokenInfo have each other's place.
        var hasSwappedFiles = false
        /// Whether it says only at the signature that it has no such key.
        var refusesLate = false
        /// Whether reads of more than 256 bytes pass.
        var readsLong = false
    }

    private struct State {
        var isSelected = false
        var file = ""
        var isVerified = false
        var tries = 5
        var algorithm: UInt8?
        var key: UInt8?
        var digest: [UInt8]?
        var waiting: [UInt8] = []
        var commands: [[UInt8]] = []
    }

    static let signature = [UInt8](repeating: 0x5A, count: 256)
    static let pin = Array("135790".utf8) + [UInt8](repeating: 0, count: 6)

    let atr: ATR
    let passesExtendedLength: Bool
    private let application: [UInt8]
    private let files: [String: [UInt8]]
    private let manner: Manner
    private let state = Mutex(State())

    /// A card of `profile` with these certificates: key reference 1 and label "User Cert Auth" for the first, 2 and "User Cert Sig" for
    /// the second.
    init(_ profile: CardProfile, atr: [UInt8], certificates: [[UInt8]], _ manner: Manner = Manner()) throws {
        self.atr = try ATR(parsing: atr)
        passesExtendedLength = manner.readsLong
        application = profile.applicationID.value
        self.manner = manner
        var keys: [UInt8] = []
        var list: [UInt8] = []
        var files: [String: [UInt8]] = [:]
        for (index, certificate) in certificates.enumerated() {
            let id = UInt8(index + 1)
            keys +=
                PKCS15Builder.key(
                    manner.labels[index % 2], id: id, tag: 0x30, pin: manner.guards[index % 2], usage: index == 0 ? [0x20] : [0x20, 0x40],
                    path: PKCS15Builder.path("3F005000"), reference: manner.keyReferences[index % 2]
                ).encoded
            list += PKCS15Builder.certificate(id: id, path: PKCS15Builder.path("3F005000B00\(id)")).encoded
            files["5000B00\(id)"] = certificate + [UInt8](repeating: 0, count: 200)
        }
        let pins = manner.pins.flatMap { pin in
            PKCS15Builder.pin(
                id: pin.id, flags: pin.id == 2 ? manner.secondPINFlags : 0x0C, lengths: [4, 12, 12],
                rest: [TLV(0x80, [pin.reference]), TLV(0x04, [0x00])]
            ).encoded
        }
        let contents = [pins, keys, list]
        var odf: [UInt8] = []
        for (tag, (name, content)) in zip([0xA8, 0xA0, 0xA4] as [UInt32], zip(manner.directoryFiles, contents)) {
            files["5000" + name] = content + [UInt8](repeating: 0xFF, count: 64)
            odf += TLV(tag, containing: [PKCS15Builder.path("3F005000" + name)]).encoded
        }
        files["50005031"] = odf
        files["50005032"] =
            TLV(
                0x30,
                containing: [
                    TLV(0x02, [0]), TLV(0x04, [1, 2, 3, 4]), TLV(0x0C, Array("Gemalto".utf8)), TLV(0x80, Array("Gem P15".utf8)),
                    TLV(0x03, [0, 0]),
                ]
            ).encoded
        if manner.hasSwappedFiles { (files["50005031"], files["50005032"]) = (files["50005032"], files["50005031"]) }
        self.files = files
    }

    /// Every command that arrived.
    var commands: [[UInt8]] { state.withLock { $0.commands } }

    func transmit(_ command: [UInt8]) async throws(CardError) -> [UInt8] { answer(command) }

    func transmit(_ command: consuming SensitiveCommand) async throws(CardError) -> [UInt8] {
        answer(command.takeFrame().withBytes { bytes in bytes.byteOffsets.map { bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) } })
    }

    private func answer(_ command: [UInt8]) -> [UInt8] {
        state.withLock { state in
            state.commands.append(command)
            guard let parsed = try? CommandAPDU(parsing: command) else { return [0x67, 0x00] }
            let whole = answer(parsed, &state)
            // Over T=0 a command with data gets its answer by GET RESPONSE, and no answer is longer than 256.
            let mostNow = manner.isT0 && !parsed.data.isEmpty ? 0 : min(parsed.expectedLength ?? 256, manner.readsLong ? 65_536 : 256)
            guard whole.status == .success, whole.data.count > mostNow else { return whole.encoded }
            state.waiting = Array(whole.data.dropFirst(mostNow))
            return ResponseAPDU(data: Array(whole.data.prefix(mostNow)), status: StatusWord(0x61, UInt8(min(state.waiting.count, 255))))
                .encoded
        }
    }

    private func answer(_ command: CommandAPDU, _ state: inout State) -> ResponseAPDU {
        let done = ResponseAPDU(status: .success)
        switch (command.instruction, command.p1, command.p2) {
        case (0xC0, _, _):
            defer { state.waiting = [] }
            return ResponseAPDU(data: state.waiting, status: .success)
        case (0xA4, 0x04, _):
            guard command.data == application else { return ResponseAPDU(status: .fileNotFound) }
            state.isSelected = true
            return ResponseAPDU(data: TLV(0x6F, containing: [TLV(0x84, application)]).encoded, status: .success)
        case _ where !state.isSelected: return ResponseAPDU(status: .conditionsNotSatisfied)
        case (0xA4, 0x08, _), (0xA4, 0x00, _):
            // By its identifier alone a file of the directory is found as well.
            let path = (command.p1 == 0x00 ? "5000" : "") + command.data.hexadecimal
            guard let file = files[path] else { return ResponseAPDU(status: .fileNotFound) }
            state.file = path
            let size = [UInt8(file.count >> 8), UInt8(file.count & 0xFF)]
            return ResponseAPDU(data: TLV(0x6F, containing: [TLV(0x81, size), TLV(0x82, [1])]).encoded, status: .success)
        case (0xB0, _, _):
            let offset = Int(command.p1) << 8 | Int(command.p2)
            let content = (files[state.file] ?? []).dropFirst(offset).prefix(
                min(command.expectedLength ?? 0, manner.readsLong ? 65_536 : 256))
            return ResponseAPDU(data: Array(content), status: .success)
        case (0x20, 0x00, 0x11) where command.data.isEmpty:
            guard manner.tellsTries else { return ResponseAPDU(status: manner.statusInstead) }
            return ResponseAPDU(status: StatusWord(0x63, 0xC0 | UInt8(state.tries)))
        case (0x20, 0x00, 0x11):
            state.isVerified = command.data == Self.pin
            state.tries = state.isVerified ? 5 : state.tries - 1
            return state.isVerified ? done : ResponseAPDU(status: StatusWord(0x63, 0xC0 | UInt8(state.tries)))
        case (0xCB, 0x00, 0xFF):
            guard command.data == [0xA0, 0x03, 0x83, 0x01, 0x11] else { return ResponseAPDU(status: .referencedDataNotFound) }
            let counter = TLV(0xA0, containing: [TLV(0xDF21, [UInt8(state.tries)]), TLV(0xDF2F, [1])])
            return ResponseAPDU(data: counter.encoded, status: .success)
        case (0x22, 0x41, 0xB6):
            guard command.data.count == 6, manner.refusesLate || manner.keyReferences.contains(command.data[5]) else {
                return ResponseAPDU(status: .referencedDataNotFound)
            }
            state.algorithm = command.data[2]
            state.key = command.data[5]
            return done
        case (0x2A, 0x90, 0xA0):
            guard state.algorithm == 0x42, command.data.prefix(2) == [0x90, 0x20] else { return ResponseAPDU(status: .wrongData) }
            state.digest = Array(command.data.dropFirst(2))
            // On T=0 the card offers the digest back.
            return manner.isT0 ? ResponseAPDU(status: StatusWord(0x61, 0x20)) : done
        case (0x2A, 0x9E, 0x9A):
            guard state.isVerified else { return ResponseAPDU(status: .securityStatusNotSatisfied) }
            guard state.key.map(manner.keyReferences.contains) == true else { return ResponseAPDU(status: .referencedDataNotFound) }
            guard state.digest?.count == 32, command.data.isEmpty else { return ResponseAPDU(status: .conditionsNotSatisfied) }
            state.digest = nil
            return ResponseAPDU(data: Self.signature, status: .success)
        default: return ResponseAPDU(status: .instructionNotSupported)
        }
    }
}
