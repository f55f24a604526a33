/// The card's side of VSCARD, the wire of QEMU's `ccid-card-passthru`, as a value: bytes in, actions out.
///
/// Each message has a header of three 32-bit numbers, big-endian (type, reader, length of the body), as libcacard's
/// `vscard_common.h` defines them. The card offers a reader and then itself, whenever QEMU says VSC_Init: once in answer
/// to ours, and again for each reader that is plugged in anew. Of power and reset QEMU tells nothing.
public struct VSCARDProtocol: Sendable {
    /// What is to be done next.
    public enum Action: Hashable, Sendable {
        /// Send these bytes.
        case send([UInt8])
        /// Give the card power and send its ATR, framed by ``VSCARDProtocol/insertion(_:)``.
        case insert
        /// Run a command and send the answer, framed by ``VSCARDProtocol/answer(_:)``.
        case run([UInt8])
    }

    /// What a message is for; names are those of `VSCMsgType`.
    private enum Kind: UInt32 {
        case initialise = 1
        case error = 2
        case readerAdd = 3
        case answerToReset = 5
        case apdu = 7
        case flush = 8
        case flushComplete = 9
    }

    /// The longest body that is taken: QEMU's own buffer.
    public static let maximumBody = 65_536
    /// `VSCD`, version 0.0.2, no capabilities: three 32-bit numbers.
    private static let initialisation: [UInt8] = Array("VSCD".utf8) + [0, 0, 0, 2, 0, 0, 0, 0]
    private static let header = 12

    private var buffer: [UInt8] = []
    private var isAdding = false

    /// A wire on which nothing has arrived.
    public init() {}

    /// What the card sends first: VSC_Init for no reader in particular.
    public static var greeting: [UInt8] { frame(.initialise, reader: .max, initialisation) }

    /// VSC_ATR: the card is in the reader.
    public static func insertion(_ atr: [UInt8]) -> [UInt8] { frame(.answerToReset, reader: 0, atr) }

    /// VSC_APDU, from the card.
    public static func answer(_ response: [UInt8]) -> [UInt8] { frame(.apdu, reader: 0, response) }

    /// Takes what arrived and returns what there is to do now, in order.
    ///
    /// Messages that nobody needs are passed over.
    ///
    /// - Parameter place: the peer, for errors.
    /// - Throws: ``VSCARDError/notVSCARD(_:)``: a body that is too long, or VSC_Init without its magic;
    ///   ``VSCARDError/refused(_:)``.
    public mutating func receive(_ bytes: some Sequence<UInt8>, from place: String) throws(VSCARDError) -> [Action] {
        buffer += bytes
        var actions: [Action] = []
        var position = 0
        defer { buffer.removeFirst(position) }
        while buffer.count - position >= Self.header {
            let length = Int(number(at: position + 8))
            guard length <= Self.maximumBody else { throw .notVSCARD(place) }
            let start = position + Self.header
            guard buffer.count - start >= length else { break }
            let kind = Kind(rawValue: number(at: position))
            position = start + length
            if let action = try act(on: kind, Array(buffer[start..<position]), from: place) { actions.append(action) }
        }
        return actions
    }

    private mutating func act(on kind: Kind?, _ body: [UInt8], from place: String) throws(VSCARDError) -> Action? {
        switch kind {
        case .initialise:
            guard body.starts(with: Self.initialisation.prefix(4)) else { throw .notVSCARD(place) }
            isAdding = true
            return .send(Self.frame(.readerAdd, reader: .max, Array("Tessera".utf8)))
        case .error:
            // The answer to VSC_ReaderAdd and to VSC_ATR; 0 is VSC_SUCCESS.
            let code = body.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
            guard code == 0 else { throw .refused(code) }
            defer { isAdding = false }
            return isAdding ? .insert : nil
        case .apdu: return body.isEmpty ? nil : .run(body)
        case .flush: return .send(Self.frame(.flushComplete, reader: 0, []))
        default: return nil
        }
    }

    private func number(at position: Int) -> UInt32 { buffer[position..<position + 4].reduce(0) { $0 << 8 | UInt32($1) } }

    private static func frame(_ kind: Kind, reader: UInt32, _ body: [UInt8]) -> [UInt8] {
        [kind.rawValue, reader, UInt32(truncatingIfNeeded: body.count)].flatMap { number in
            [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
        } + body
    }
}
