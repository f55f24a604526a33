/// The card's side of vpcd's wire, as a value: bytes in, requests out.
///
/// Each message, both ways, is a length of two bytes, big-endian, and a body. A body of one byte is control, a longer one
/// an APDU. Only ``Request/atr`` and APDUs are answered. Frames may arrive in any pieces.
public struct VPCDProtocol: Sendable {
    /// What the reader driver wants from the card.
    public enum Request: Hashable, Sendable {
        /// `00`: take the power away.
        case powerOff
        /// `01`: give power.
        case powerOn
        /// `02`: reset.
        case reset
        /// `04`: answer with the ATR; also the presence poll, about every 400 ms, with or without power.
        case atr
        /// A command; answer with data and status word.
        case apdu([UInt8])
    }

    /// The longest body that the length field can say.
    public static let maximumBody = 65_535

    private var buffer: [UInt8] = []

    /// A wire on which nothing has arrived.
    public init() {}

    /// Takes what arrived and returns the requests that are now complete, in their order.
    ///
    /// Empty bodies and control bytes that nobody has defined are passed over: there is no answer to them.
    public mutating func receive(_ bytes: some Sequence<UInt8>) -> [Request] {
        buffer += bytes
        var requests: [Request] = []
        var position = 0
        while buffer.count - position >= 2 {
            let length = Int(buffer[position]) << 8 | Int(buffer[position + 1])
            guard buffer.count - position - 2 >= length else { break }
            let body = Array(buffer[position + 2..<position + 2 + length])
            position += 2 + length
            if let request = Self.request(body) { requests.append(request) }
        }
        buffer.removeFirst(position)
        return requests
    }

    /// The bytes of one message.
    ///
    /// - Throws: ``VPCDError/frameTooLong(_:)`` beyond ``maximumBody``.
    public static func frame(_ body: [UInt8]) throws(VPCDError) -> [UInt8] {
        guard body.count <= maximumBody else { throw .frameTooLong(body.count) }
        var frame: [UInt8] = []
        frame.reserveCapacity(2 + body.count)
        frame.append(UInt8(body.count >> 8))
        frame.append(UInt8(body.count & 0xFF))
        frame += body
        return frame
    }

    /// Whether a conversation can begin with these bytes: vpcd's first message is control.
    static func isGreeting(_ bytes: [UInt8]) -> Bool {
        guard bytes.count >= 3 else { return [0x00, 0x01].starts(with: bytes) }
        return bytes.starts(with: [0x00, 0x01]) && request([bytes[2]]) != nil
    }

    private static func request(_ body: [UInt8]) -> Request? {
        guard body.count == 1 else { return body.isEmpty ? nil : .apdu(body) }
        switch body[0] {
        case 0x00: return .powerOff
        case 0x01: return .powerOn
        case 0x02: return .reset
        case 0x04: return .atr
        default: return nil
        }
    }
}
