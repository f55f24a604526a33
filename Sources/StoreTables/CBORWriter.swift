import FoundationEssentials

/// Where encoders write to, all of one value to the same bytes.
///
/// A class, because encoders are values that share it; what it does is in a struct, so that Swift asks once a call whether anybody else is
/// at the bytes, and not at each of them.
final class CBORWriter {
    private var output = CBOROutput()

    /// What was written; `nil` when something was written to a map or an array after it was left, or cannot be written at all.
    func finished() -> [UInt8]? { output.finished() }

    /// How many maps and arrays there are around what is written now.
    var depth: Int { output.depth }

    /// How many bytes there are.
    var count: Int { output.count }

    func openMap() -> CBOROutput.Place { output.begin(CBOR.indefiniteMap) }

    func openArray() -> CBOROutput.Place { output.begin(CBOR.indefiniteArray) }

    /// Closes all that were opened since `depth`.
    func close(to depth: Int) { output.close(to: depth) }

    /// Goes on at a place.
    func resume(_ place: CBOROutput.Place) { output.resume(place) }

    /// Goes on at a place of a map, with what stands behind a key.
    func resume(_ place: CBOROutput.Place, behind key: String) { output.resume(place, behind: key) }

    /// Makes what is written worth nothing.
    func refuse() { output.refuse() }

    func writeNull() { output.writeNull() }

    func write(_ truth: Bool) { output.write(truth) }

    func write(_ number: Double) { output.write(number) }

    func write(_ text: String) { output.write(text) }

    func write(_ data: some Collection<UInt8>) { output.write(data) }

    func write(_ number: some FixedWidthInteger) { output.write(number) }
}

/// Bytes of CBOR (RFC 8949) on their way into a column, written as they come, behind the mark.
///
/// Maps and arrays are of indefinite length (3.2.1), because an encoder is not told how much follows. The last one that was opened is closed
/// when something is written to one around it.
struct CBOROutput {
    private var bytes = CBOR.mark
    /// Those that are open, each by a number of its own, the outermost first.
    private var open: [Int] = []
    private var opened = 0
    /// Whether something was written to a map or an array after it was left; what is there is then worth nothing.
    private var isOutOfOrder = false

    init() { bytes.reserveCapacity(512) }

    /// A map or an array that was opened.
    struct Place {
        fileprivate let depth: Int
        fileprivate let number: Int
    }

    var depth: Int { open.count }

    var count: Int { bytes.count }

    mutating func finished() -> [UInt8]? {
        close(to: 0)
        return isOutOfOrder ? nil : bytes
    }

    mutating func begin(_ head: UInt8) -> Place {
        bytes.append(head)
        opened += 1
        open.append(opened)
        return Place(depth: open.count, number: opened)
    }

    mutating func close(to depth: Int) {
        while open.count > depth {
            open.removeLast()
            bytes.append(CBOR.end)
        }
    }

    mutating func resume(_ place: Place) {
        guard open.count >= place.depth, open[place.depth - 1] == place.number else { return refuse() }
        close(to: place.depth)
    }

    mutating func resume(_ place: Place, behind key: String) {
        resume(place)
        write(key)
    }

    mutating func refuse() { isOutOfOrder = true }

    mutating func writeNull() { bytes.append(CBOR.null) }

    mutating func write(_ truth: Bool) { bytes.append(truth ? CBOR.yes : CBOR.no) }

    mutating func write(_ number: Double) {
        bytes.append(CBOR.double)
        append(number.bitPattern, count: 8)
    }

    mutating func write(_ text: String) {
        head(.text, UInt64(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    mutating func write(_ data: some Collection<UInt8>) {
        head(.bytes, UInt64(data.count))
        bytes.append(contentsOf: data)
    }

    mutating func write(_ number: some FixedWidthInteger) {
        if let number = UInt64(exactly: number) {
            head(.unsigned, number)
        } else if let number = Int64(exactly: number) {
            head(.negative, UInt64(bitPattern: ~number))
        } else {
            refuse()
        }
    }

    private mutating func head(_ major: CBOR.Major, _ argument: UInt64) {
        let kind = major.rawValue << 5
        switch argument {
        case 0..<24: bytes.append(kind | UInt8(argument))
        case 24...0xFF:
            bytes.append(kind | 24)
            append(argument, count: 1)
        case 0x100...0xFFFF:
            bytes.append(kind | 25)
            append(argument, count: 2)
        case 0x1_0000...0xFFFF_FFFF:
            bytes.append(kind | 26)
            append(argument, count: 4)
        default:
            bytes.append(kind | 27)
            append(argument, count: 8)
        }
    }

    private mutating func append(_ number: UInt64, count: Int) {
        for place in 0..<count { bytes.append(UInt8(truncatingIfNeeded: number >> (8 * (count - 1 - place)))) }
    }
}

/// Heads and simple values of CBOR, as far as columns have them.
enum CBOR {
    /// What follows a head; RFC 8949, 3.1.
    enum Major: UInt8 { case unsigned, negative, bytes, text, array, map, tag, simple }

    /// The tag 55799, which says of what follows that it is CBOR; RFC 8949, 3.4.6.
    ///
    /// No JSON begins with it.
    static let mark: [UInt8] = [0xD9, 0xD9, 0xF7]
    static let indefiniteMap: UInt8 = 0xBF
    static let indefiniteArray: UInt8 = 0x9F
    static let end: UInt8 = 0xFF
    static let no: UInt8 = 0xF4
    static let yes: UInt8 = 0xF5
    static let null: UInt8 = 0xF6
    static let double: UInt8 = 0xFB
}
