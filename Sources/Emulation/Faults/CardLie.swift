internal import ISO7816

/// An answer that no card should give, on purpose: what a driver has to survive in bounded time and memory.
///
/// A ``FaultPlan`` tells one at a certain command; ``VirtualCard/tell(_:to:)`` makes a card that always lies.
/// Its raw value is its name: `CardLie(rawValue: "endless 61xx")`, so that a failed run can be repeated from one line.
public enum CardLie: String, CaseIterable, Hashable, Sendable {
    /// 60,000 bytes and `9000`, whatever was asked for.
    case overLong = "over-long answer"
    /// The first half of the answer, at least one byte: what is left of a status word, or data in place of one.
    case truncated = "truncated answer"
    /// `61FF` without data, to the command and to every GET RESPONSE.
    case endlessMore = "endless 61xx"
    /// The same with 255 bytes each time.
    case endlessData = "endless 61xx with data"
    /// `6C10`, whatever the Le.
    case endlessCorrection = "endless 6Cxx"
    /// Data of the right length that begin as an object of two gigabytes.
    case hugeLength = "huge length"
    /// Data of the right length that are objects within objects, as deep as they go.
    case deepNesting = "deep nesting"
    /// Data of the right length that are well-formed DER, and no certificate, key or directory.
    case otherContent = "other content"

    /// Whether it is told in place of data alone; the others are told instead of any answer.
    private var replacesData: Bool {
        switch self {
        case .hugeLength, .deepNesting, .otherContent: true
        case .overLong, .truncated, .endlessMore, .endlessData, .endlessCorrection: false
        }
    }

    /// What the card says instead of `truth`: data and status word as they travel.
    func answer(insteadOf truth: [UInt8]) -> [UInt8] {
        let count = truth.count - 2
        if replacesData, count < 1 { return truth }
        switch self {
        case .overLong: return Self.filling(60_000) + [0x90, 0x00]
        case .truncated: return Array(truth.prefix(max(1, truth.count / 2)))
        case .endlessMore: return [0x61, 0xFF]
        case .endlessData: return Self.filling(255) + [0x61, 0xFF]
        case .endlessCorrection: return [0x6C, 0x10]
        case .hugeLength: return Self.cut([0x30, 0x84, 0x7F, 0xFF, 0xFF, 0xFF], to: count) + truth.suffix(2)
        case .deepNesting:
            let headers = stride(from: count - 4, through: 0, by: -4).flatMap { Self.header($0) }
            return Self.cut(headers, to: count) + truth.suffix(2)
        case .otherContent:
            let length = max(0, count - 4)
            let nothing = Array(repeating: [UInt8]([0x05, 0x00]), count: length / 2).flatMap(\.self)
            return Self.cut(Self.header(length) + nothing, to: count) + truth.suffix(2)
        }
    }

    /// Tag and length of a SEQUENCE.
    private static func header(_ length: Int) -> [UInt8] { [0x30, 0x82, UInt8(length >> 8 & 0xFF), UInt8(length & 0xFF)] }

    private static func filling(_ count: Int) -> [UInt8] { Array(repeating: 0x30, count: count) }

    /// Exactly `count` bytes: `bytes` and zeroes, or their beginning.
    private static func cut(_ bytes: [UInt8], to count: Int) -> [UInt8] {
        Array((bytes + Array(repeating: 0x00, count: max(0, count - bytes.count))).prefix(count))
    }
}
