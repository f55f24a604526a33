internal import ISO7816
internal import Secrets

/// A PIN or PUK on the card side: reference data with tries; ISO/IEC 7816-4, 11.6.
///
/// Value and tries are in the card's lasting memory. The counter goes down there **before** the comparison and up again
/// after a right one, so that power loss in between costs a try and never gives one. The comparison takes the same time
/// wherever the first difference is. A memory that cannot be written answers `6581`, and then nothing is compared.
struct ReferenceData: Sendable {
    /// What a value may look like, and how it is padded on the wire.
    struct Format: Hashable, Sendable {
        /// The number of bytes before padding.
        let lengths: ClosedRange<Int>
        /// Whether only ASCII digits are taken.
        let digitsOnly: Bool
        /// The number of bytes on the wire.
        let paddedLength: Int
        /// What fills the rest.
        let padding: UInt8

        /// Whether `bytes`, as they come over the wire, are a value of this format.
        func accepts(_ bytes: [UInt8]) -> Bool {
            guard bytes.count == paddedLength else { return false }
            let filling = bytes.reversed().prefix { $0 == padding }.count
            let value = bytes.dropLast(min(filling, paddedLength - lengths.lowerBound))
            guard lengths.contains(value.count) else { return false }
            return !digitsOnly || value.allSatisfy { (0x30...0x39).contains($0) }
        }

        /// `value` as it travels; `nil` when it does not fit.
        func padded(_ value: [UInt8]) -> [UInt8]? {
            guard lengths.contains(value.count) else { return nil }
            let bytes = value + Array(repeating: padding, count: max(0, paddedLength - value.count))
            return accepts(bytes) ? bytes : nil
        }
    }

    let format: Format
    /// Whether the wrong value that spends the last try is told as `6983` already, as any value is from then on.
    ///
    /// Otherwise it is `63C0`: wrong, and no try left. Standards have that one: ISO/IEC 7816-4, table 6, and SP 800-73-4 part 2,
    /// 3.2.1, where `6983` is what a counter of zero answers *without* a comparison.
    private let tellsBlockAtOnce: Bool
    /// Whether the last comparison was right and nothing has undone it.
    private(set) var isVerified = false
    private let name: String
    private let memory: CardMemory

    /// Reference data that ``FreshReference/cells(_:)`` put into `memory` under `name`.
    init(_ name: String, format: Format, in memory: CardMemory, tellsBlockAtOnce: Bool = false) {
        self.name = name
        self.format = format
        self.tellsBlockAtOnce = tellsBlockAtOnce
        self.memory = memory
    }

    /// What the counter returns to.
    var maximumTries: UInt8 { memory.bytes(Self.tries(name))?.last ?? 0 }
    /// Comparisons left; zero is blocked.
    var triesLeft: UInt8 { memory.bytes(Self.tries(name))?.first ?? 0 }

    /// The answer to a VERIFY without data: `9000`, `63Cx` or `6983`.
    var status: StatusWord {
        if triesLeft == 0 { return .authenticationBlocked }
        return isVerified ? .success : Self.wrong(triesLeft)
    }

    /// Compares; a value that the format forbids is `6A80` and costs nothing (SP 800-73-4 part 2, 3.2.1).
    mutating func verify(_ presented: [UInt8]) -> StatusWord { compare(presented, becoming: nil) }

    /// Compares; after a right value all tries are back and the value is `new`, in one write, before anybody is logged in.
    private mutating func compare(_ presented: [UInt8], becoming new: [UInt8]?) -> StatusWord {
        let left = triesLeft
        guard left > 0, let value = memory.bytes(Self.value(name)) else { return .authenticationBlocked }
        guard format.accepts(presented) else { return .wrongData }
        isVerified = false
        guard keeps(tries: left - 1) else { return .memoryFailure }
        guard constantTimeEquals(presented, value) else {
            return left == 1 && tellsBlockAtOnce ? .authenticationBlocked : Self.wrong(left - 1)
        }
        guard keeps(tries: maximumTries, value: new) else { return .memoryFailure }
        isVerified = true
        return .success
    }

    /// Compares the old value, then takes the new one: CHANGE REFERENCE DATA; ISO/IEC 7816-4, 11.6.7.
    mutating func change(from old: [UInt8], to new: [UInt8]) -> StatusWord {
        guard triesLeft > 0 else { return .authenticationBlocked }
        guard format.accepts(new) else { return .wrongData }
        return compare(old, becoming: new)
    }

    /// Takes a new value and all tries: the second half of RESET RETRY COUNTER; the login is not given with it.
    mutating func replace(with new: [UInt8]) -> StatusWord {
        isVerified = false
        return keeps(tries: maximumTries, value: new) ? .success : .memoryFailure
    }

    /// Whether this is the value; for what a card tells of itself, never for a login.
    func holds(_ value: [UInt8]) -> Bool {
        guard let padded = format.padded(value), let own = memory.bytes(Self.value(name)) else { return false }
        return constantTimeEquals(padded, own)
    }

    /// Ends the login.
    mutating func forget() { isVerified = false }

    private func keeps(tries: UInt8, value: [UInt8]? = nil) -> Bool {
        var changes: [String: CardMemory.Value?] = [Self.tries(name): .bytes([tries, maximumTries])]
        if let value { changes[Self.value(name)] = .secret(value) }
        do throws(CardMemoryError) { try memory.write(changes) } catch { return false }
        return true
    }

    private static func wrong(_ triesLeft: UInt8) -> StatusWord { StatusWord(0x63, 0xC0 | triesLeft) }

    /// The cell that has the value, padded.
    fileprivate static func value(_ name: String) -> String { "\(name) value" }
    /// The cell that has two bytes: the tries left, and all.
    fileprivate static func tries(_ name: String) -> String { "\(name) tries" }

    /// Whose tries the cell of this name has; `nil` when it has something else.
    static func name(ofTries cell: String) -> String? { cell.hasSuffix(" tries") ? String(cell.dropLast(6)) : nil }
}

/// A PIN or PUK that personalisation gives to a card, with all its tries.
struct FreshReference: Sendable {
    let format: ReferenceData.Format
    private let value: [UInt8]
    private let tries: UInt8

    /// - Parameter maximumTries: 1 to 15; SW2 has no room for more.
    /// - Returns: `nil` when value or tries are none that a card could have.
    init?(_ value: [UInt8], format: ReferenceData.Format, maximumTries: UInt8) {
        guard let padded = format.padded(value), (1...15).contains(maximumTries) else { return nil }
        self.value = padded
        self.format = format
        tries = maximumTries
    }

    /// What goes into the card's memory for ``ReferenceData`` of the same name.
    func cells(_ name: String) -> [String: CardMemory.Value] {
        [ReferenceData.value(name): .secret(value), ReferenceData.tries(name): .bytes([tries, tries])]
    }
}
