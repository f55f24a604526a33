import ISO7816
import Synchronization

/// A card with files, and with the ways of answering that cards were seen to have.
///
/// For files that no recorded card has: broken, huge, lying, in unusual places.
final class FileSystemCard: CardChannel {
    /// What a read at or beyond the end of a file gets.
    enum End {
        /// What is left and `9000`; at the end `6B00` (IsoApplet).
        case shortens
        /// `6282` without data when more is asked for than is left (OsEID).
        case refuses
        /// What is left, with `6282` (the standard's way).
        case warns
        /// What is left and `9000`, at the end nothing and `9000` (SmartCard-HSM).
        case silent
    }

    /// How it behaves.
    struct Manner {
        var end = End.shortens
        /// Tags of template and size in the answer to SELECT; `nil` for an answer without data.
        var information: (template: UInt32, size: UInt32)? = (0x6F, 0x81)
        /// Added to every size that it tells.
        var exaggeration = 0
        /// The most bytes that one read returns.
        var largestRead = 256
        /// Whether it answers `9000` to a SELECT of any application.
        var selectsAnything = false
        /// The answer to a signature; without one it does not sign.
        var signature: [UInt8]?
    }

    let atr: ATR
    private let files: [String: [UInt8]]
    private let manner: Manner
    private let state = Mutex((selected: "", commands: [[UInt8]]()))

    /// A card whose files are named by path, in upper-case hexadecimal and without the master file.
    init(_ files: [String: [UInt8]], _ manner: Manner = Manner()) throws {
        atr = try ATR(parsing: [0x3B, 0x00])
        self.files = files
        self.manner = manner
    }

    /// Every command that arrived.
    var commands: [[UInt8]] { state.withLock { $0.commands } }

    func transmit(_ command: [UInt8]) async throws(CardError) -> [UInt8] {
        state.withLock { state in
            state.commands.append(command)
            guard let parsed = try? CommandAPDU(parsing: command) else { return [0x67, 0x00] }
            switch (parsed.instruction, parsed.p1) {
            case (0xA4, 0x04) where manner.selectsAnything: return [0x90, 0x00]
            case (0xA4, 0x04): return parsed.data == Array([0xA0, 0, 0, 0, 0x63] + Array("PKCS-15".utf8)) ? [0x90, 0x00] : [0x6A, 0x82]
            case (0xA4, 0x08):
                guard let file = files[parsed.data.hexadecimal] else { return [0x6A, 0x82] }
                state.selected = parsed.data.hexadecimal
                return information(of: file) + [0x90, 0x00]
            case (0xB0, _): return read(files[state.selected] ?? [], Int(parsed.p1) << 8 | Int(parsed.p2), parsed.expectedLength ?? 0)
            case (0x22, _) where manner.signature != nil: return [0x90, 0x00]
            case (0x2A, _): return manner.signature ?? [0x6D, 0x00]
            case (0x20, _): return [0x63, 0xC3]
            default: return [0x6D, 0x00]
            }
        }
    }

    func transmit(_ command: consuming SensitiveCommand) async throws(CardError) -> [UInt8] { [0x90, 0x00] }

    private func information(of file: [UInt8]) -> [UInt8] {
        guard let (template, tag) = manner.information else { return [] }
        let size = file.count + manner.exaggeration
        return TLV(template, containing: [TLV(tag, [UInt8(size >> 8 & 0xFF), UInt8(size & 0xFF)])]).encoded
    }

    private func read(_ file: [UInt8], _ offset: Int, _ asked: Int) -> [UInt8] {
        let left = Array(file.dropFirst(offset).prefix(min(asked, manner.largestRead)))
        switch manner.end {
        case .shortens: return left.isEmpty ? [0x6B, 0x00] : left + [0x90, 0x00]
        case .refuses: return left.count < min(asked, manner.largestRead) ? [0x62, 0x82] : left + [0x90, 0x00]
        case .warns: return left + (left.count < min(asked, manner.largestRead) ? [0x62, 0x82] : [0x90, 0x00])
        case .silent: return left + [0x90, 0x00]
        }
    }
}

/// Builds the files of a PKCS#15 application.
enum PKCS15Builder {
    static func path(_ hexadecimal: String, _ more: [TLV] = []) -> TLV {
        TLV(0x30, containing: [TLV(0x04, [UInt8](hexadecimal: hexadecimal) ?? [])] + more)
    }

    static func object(_ tag: UInt32, common: [TLV], attributes: [TLV], type: [TLV]) -> TLV {
        TLV(
            tag,
            containing: [
                TLV(0x30, containing: common), TLV(0x30, containing: attributes), TLV(0xA1, containing: [TLV(0x30, containing: type)]),
            ])
    }

    static func key(
        _ label: String = "Key", id: UInt8 = 1, tag: UInt32 = 0xA0, pin: UInt8? = 1, consent: UInt8? = nil, usage: [UInt8] = [0x20],
        isPrivate: Bool = true, path: TLV = path("3F0050154B01"), reference: UInt8? = nil
    ) -> TLV {
        // private, modifiable
        var common = [TLV(0x0C, Array(label.utf8)), TLV(0x03, [6, isPrivate ? 0xC0 : 0x40])]
        if let pin { common.append(TLV(0x04, [pin])) }
        if let consent { common.append(TLV(0x02, [consent])) }
        return object(
            tag, common: common, attributes: [TLV(0x04, [id]), TLV(0x03, [0] + usage), TLV(0x02, [reference ?? id])], type: [path])
    }

    static func certificate(id: UInt8 = 1, path: TLV = path("3F0050154301")) -> TLV {
        object(0x30, common: [TLV(0x0C, Array("Certificate".utf8))], attributes: [TLV(0x04, [id])], type: [path])
    }

    static func pin(id: UInt8 = 1, flags: UInt8 = 0x0C, type: UInt8 = 1, lengths: [UInt8] = [4, 8, 8], rest: [TLV] = []) -> TLV {
        let attributes = [TLV(0x03, [2, flags]), TLV(0x0A, [type])] + lengths.map { TLV(0x02, [$0]) } + rest
        return object(0x30, common: [TLV(0x0C, Array("PIN".utf8))], attributes: [TLV(0x04, [id])], type: attributes)
    }

    /// A card with one key, one certificate, one PIN; `files` replaces or adds.
    static func files(
        keys: [TLV] = [key()], certificates: [TLV] = [certificate()], pins: [TLV] = [pin()], certificate: [UInt8],
        _ changes: [String: [UInt8]?] = [:]
    ) -> [String: [UInt8]] {
        let odf = [(0xA0, "4402"), (0xA4, "4403"), (0xA8, "4401")].map { tag, file in
            TLV(UInt32(tag), containing: [path("3F005015" + file)])
        }
        var files: [String: [UInt8]] = [
            "50155031": odf.flatMap(\.encoded), "50154401": pins.flatMap(\.encoded), "50154402": keys.flatMap(\.encoded),
            "50154403": certificates.flatMap(\.encoded), "50154301": certificate,
        ]
        for (name, content) in changes { files[name] = content }
        return files
    }
}
