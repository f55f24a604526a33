internal import Crypto
internal import Foundation
internal import ISO7816
internal import Secrets

/// A card's state as it stands in a file: JSON, bytes in Base64, a header that says what it is.
///
/// A test card's cells all stand in `memory`. Otherwise those that are secret are sealed one by one, each under its name and the
/// header, and an empty box covers all of it, the other cells included: who has no passphrase can read a retry counter and cannot
/// write another one. An older copy of the whole file is as good as it was, though: whoever puts it back sets the card back, tries
/// included, and nothing notices it. The checksum finds damage and stops nobody.
struct CardStateDocument: Codable {
    /// What makes the file one of ours.
    static let format = "tessera card state"
    /// The version that this program writes; it reads no other.
    static let version = 1
    /// The longest file that is read.
    static let limit = 16 << 20

    /// A cell: one of `bytes`, `secret` and `key` (PKCS#8), with its content.
    typealias Cells = [String: [String: Data]]

    /// The secret cells, each encrypted, and what ties them and the rest together.
    struct Sealed: Codable {
        let scheme: String
        let scrypt: CardStateSeal.Parameters
        let salt: Data
        let check: Data
        var cells: Cells = [:]
        /// AES-256-GCM of nothing, over everything else.
        var box = Data()

        static let scheme = "scrypt, AES-256-GCM"
    }

    /// What every version has.
    struct Preamble: Codable {
        let format: String
        let version: Int
    }

    let model: String
    let atr: String
    var checksum: String
    let extendedLength: Bool
    let format: String
    let isTestCard: Bool
    let memory: Cells
    var sealed: Sealed?
    let version: Int
}

extension CardStateDocument {
    /// Writes a card down.
    ///
    /// - Parameter seal: `nil` for a test card.
    init(_ snapshot: CardSnapshot, seal: CardStateSeal?) throws(CardStateError) {
        var none = SealedCells()
        try self.init(snapshot, seal: seal, reusing: &none)
    }

    /// Writes a card down, secrets that are the same as before as they were sealed then.
    init(_ snapshot: CardSnapshot, seal: CardStateSeal?, reusing boxes: inout SealedCells) throws(CardStateError) {
        var open: Cells = [:]
        for (name, value) in snapshot.cells where seal == nil || !value.isSecret {
            open[name] = [value.kind: Data(try Self.written(value))]
        }
        model = snapshot.model.rawValue
        atr = snapshot.atr.bytes.hexadecimal
        extendedLength = snapshot.takesExtendedLength
        format = Self.format
        isTestCard = seal == nil
        memory = open
        version = Self.version
        checksum = ""
        sealed = seal.map {
            Sealed(scheme: Sealed.scheme, scrypt: $0.parameters, salt: Data($0.salt), check: Data($0.check))
        }
        if let seal {
            for (name, value) in snapshot.cells where value.isSecret {
                let place = header + [Array(name.utf8), Array(value.kind.utf8)]
                let box = try boxes.box(name, value) { () throws(CardStateError) in try Self.close(Self.written(value), place, seal) }
                sealed?.cells[name] = [value.kind: box]
            }
            let box = try Self.close([], parts, seal)
            sealed?.box = box
        }
        checksum = currentChecksum
    }

    /// What a passphrase makes of the parameters in the file.
    ///
    /// - Parameter path: what errors call the file.
    /// - Throws: ``CardStateError``: wrong, or the file is not sealed.
    func seal(_ path: String, _ passphrase: borrowing SecretBytes) throws(CardStateError) -> CardStateSeal {
        guard checksum == currentChecksum else { throw .damaged(path, "its checksum is another one") }
        guard let sealed else { throw .notSealed(path) }
        guard sealed.scheme == Sealed.scheme, sealed.scrypt.isBearable else { throw .damaged(path, "nobody seals like this") }
        do throws(CardStateSeal.Failure) {
            return try CardStateSeal.opening(
                with: passphrase, salt: Array(sealed.salt), check: Array(sealed.check), parameters: sealed.scrypt)
        } catch {
            throw error == .wrongPassphrase ? .wrongPassphrase(path) : .notSealable("the library refuses")
        }
    }

    /// Reads a card back.
    ///
    /// - Parameters:
    ///   - path: what errors call the file.
    ///   - seal: what opens the secret cells; `nil` for a test card.
    func snapshot(_ path: String, seal: CardStateSeal?) throws(CardStateError) -> CardSnapshot {
        guard checksum == currentChecksum else { throw .damaged(path, "its checksum is another one") }
        guard let model = CardModel(rawValue: model) else { throw .damaged(path, "no card is called \"\(model)\"") }
        guard let bytes = [UInt8](hexadecimal: atr), let atr = try? ATR(parsing: bytes) else { throw .damaged(path, "its ATR is none") }
        guard isTestCard == (sealed == nil) else { throw .damaged(path, "a test card is sealed, or another one is not") }
        var cells = try Self.values(memory, path)
        if let sealed {
            guard let seal else { throw .passphraseNeeded(path) }
            guard (try? seal.open(Array(sealed.box), covering: Self.joined(parts))) == [] else { throw Self.altered(path) }
            var secret: Cells = [:]
            for (name, cell) in sealed.cells {
                for (kind, box) in cell {
                    let place = header + [Array(name.utf8), Array(kind.utf8)]
                    guard let plain = try? seal.open(Array(box), covering: Self.joined(place)) else { throw Self.altered(path) }
                    secret[name, default: [:]][kind] = Data(plain)
                }
            }
            cells.merge(try Self.values(secret, path)) { _, secret in secret }
        }
        return CardSnapshot(model, atr: atr, takesExtendedLength: extendedLength, cells: cells)
    }

    /// The file's bytes.
    func encoded() throws(CardStateError) -> [UInt8] {
        guard let data = try? Self.encoder.encode(self) else { throw .notSealable("it has no JSON") }
        return Array(data) + [0x0A]
    }

    /// Reads a file.
    ///
    /// - Throws: ``CardStateError``: foreign, newer or damaged.
    static func parsing(_ bytes: [UInt8], _ path: String) throws(CardStateError) -> CardStateDocument {
        let data = Data(bytes)
        guard let preamble = try? JSONDecoder().decode(Preamble.self, from: data), preamble.format == format else {
            // A file of ours that was cut off, or mangled, is no JSON any more and still has its name.
            if data.range(of: Data(format.utf8)) != nil { throw .damaged(path, "it is cut off or mangled") }
            throw .foreign(path)
        }
        guard preamble.version <= version else { throw .newer(path, version: preamble.version) }
        guard preamble.version == version, let document = try? JSONDecoder().decode(Self.self, from: data) else {
            throw .damaged(path, "parts of it are missing")
        }
        return document
    }

    // MARK: What the checksum and the box cover

    /// What the checksum is when nothing is damaged.
    var currentChecksum: String {
        SHA256.hash(data: Self.joined(parts) + [UInt8](sealed?.box ?? Data())).hexadecimal
    }

    /// What never changes while the card has this file.
    private var header: [[UInt8]] {
        var parts: [[UInt8]] = [
            Array(format.utf8), Array("\(version)".utf8), Array(model.utf8), Array(atr.utf8), [extendedLength ? 1 : 0],
            [isTestCard ? 1 : 0],
        ]
        if let sealed {
            let numbers = "\(sealed.scrypt.rounds) \(sealed.scrypt.blockSize) \(sealed.scrypt.parallelism)"
            parts += [Array(sealed.scheme.utf8), Array(numbers.utf8), Array(sealed.salt), Array(sealed.check)]
        }
        return parts
    }

    /// Everything but checksum and box.
    private var parts: [[UInt8]] {
        var parts = header
        for cells in [memory, sealed?.cells ?? [:]] {
            parts.append(Array("\(cells.count) cells".utf8))
            for (name, cell) in cells.sorted(by: { $0.key < $1.key }) {
                for (kind, content) in cell.sorted(by: { $0.key < $1.key }) {
                    parts += [Array(name.utf8), Array(kind.utf8), Array(content)]
                }
            }
        }
        return parts
    }

    /// Each part behind its length.
    private static func joined(_ parts: [[UInt8]]) -> [UInt8] { parts.flatMap { part in UInt64(part.count).bigEndianBytes + part } }

    private static func close(_ bytes: [UInt8], _ covered: [[UInt8]], _ seal: CardStateSeal) throws(CardStateError) -> Data {
        guard let box = try? seal.close(bytes, covering: joined(covered)) else { throw .notSealable("the library refuses") }
        return Data(box)
    }

    private static func altered(_ path: String) -> CardStateError { .damaged(path, "what is sealed does not belong to the rest") }

    // MARK: Cells

    private static func written(_ value: CardMemory.Value) throws(CardStateError) -> [UInt8] {
        switch value {
        case .bytes(let bytes), .secret(let bytes): return bytes
        case .key(let key):
            do throws(VirtualKeyError) { return try key.privateKey() } catch { throw .notSealable(error.description) }
        }
    }

    private static func values(_ cells: Cells, _ path: String) throws(CardStateError) -> [String: CardMemory.Value] {
        var values: [String: CardMemory.Value] = [:]
        for (name, cell) in cells {
            switch (cell.count, cell["bytes"], cell["secret"], cell["key"]) {
            case (1, let bytes?, nil, nil): values[name] = .bytes(Array(bytes))
            case (1, nil, let secret?, nil): values[name] = .secret(Array(secret))
            case (1, nil, nil, let key?):
                do throws(VirtualKeyError) {
                    values[name] = .key(try VirtualKey.parsing(privateKey: Array(key)))
                } catch {
                    throw .damaged(path, "\"\(name)\" is no private key")
                }
            default: throw .damaged(path, "\"\(name)\" is no cell")
            }
        }
        return values
    }

    private static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return encoder
    }
}

extension CardMemory.Value {
    /// What a cell with it is called in the file.
    fileprivate var kind: String {
        switch self {
        case .bytes: "bytes"
        case .secret: "secret"
        case .key: "key"
        }
    }

    fileprivate var isSecret: Bool {
        if case .bytes = self { return false }
        return true
    }
}

extension UInt64 {
    fileprivate var bigEndianBytes: [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: self >> (56 - 8 * UInt64($0))) } }
}
