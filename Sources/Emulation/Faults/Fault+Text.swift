internal import ISO7816

extension Fault: LosslessStringConvertible {
    /// Reads what ``description`` printed, and `INS 20` for any instruction; `nil` for anything else.
    public init?(_ description: String) {
        for moment in Moment.allCases {
            let parts = description.split(separator: " \(moment.rawValue) ", omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            guard let effect = Effect(String(parts[0])), let occasion = Occasion(String(parts[1])) else { return nil }
            self.init(effect, moment, occasion)
            return
        }
        return nil
    }

    /// One line: `pull before APDU 3`.
    public var description: String { "\(effect) \(moment.rawValue) \(occasion)" }
}

extension Fault.Effect: LosslessStringConvertible {
    /// Those that one name is enough for.
    private static let names: [(Fault.Effect, String)] =
        [
            (.pull, "pull"), (.powerLoss, "power loss"), (.reset, "reset"), (.foreignReset, "other program resets"),
            (.foreignSelection, "other program selects"), (.garbage, "garbage"), (.emptyAnswer, "empty answer"), (.stuck, "stuck"),
        ] + CardLie.allCases.map { (.lie($0), $0.rawValue) }

    /// Reads what ``description`` printed; `nil` for anything else.
    public init?(_ description: String) {
        if let (effect, _) = Self.names.first(where: { $0.1 == description }) {
            self = effect
            return
        }
        let words = description.split(separator: " ", omittingEmptySubsequences: false)
        switch words.first {
        case "status" where words.count == 2 && words[1].count == 4:
            guard words[1].allSatisfy(\.isHexDigit), let status = UInt16(words[1], radix: 16) else { return nil }
            self = .status(StatusWord(rawValue: status))
        case "delay" where words.count == 3 && words[2] == "ms":
            guard let milliseconds = words[1].number, milliseconds >= 0 else { return nil }
            self = .delay(milliseconds)
        default: return nil
        }
    }

    /// Its name: `pull`, `status 6F00`, `delay 250 ms`.
    public var description: String {
        switch self {
        case .status(let status): "status \(status.bytes.hexadecimal)"
        case .delay(let milliseconds): "delay \(milliseconds) ms"
        default: Self.names.first { $0.0 == self }?.1 ?? ""
        }
    }
}

extension Fault.Occasion: LosslessStringConvertible {
    /// Instructions that may be called by their names; ISO/IEC 7816-4, table 5, and ISO/IEC 7816-8.
    private static let names: [(UInt8, String)] = [
        (0x20, "VERIFY"), (0x22, "MANAGE SECURITY ENVIRONMENT"), (0x24, "CHANGE REFERENCE DATA"), (0x2A, "PERFORM SECURITY OPERATION"),
        (0x2C, "RESET RETRY COUNTER"), (0x87, "GENERAL AUTHENTICATE"), (0x88, "INTERNAL AUTHENTICATE"), (0xA4, "SELECT"),
        (0xB0, "READ BINARY"), (0xB2, "READ RECORD"), (0xC0, "GET RESPONSE"),
    ]

    /// Reads what ``description`` printed; `nil` for anything else.
    public init?(_ description: String) {
        let words = description.split(separator: " ", omittingEmptySubsequences: false)
        if words.count == 4, words[0] == "chance", words[2] == "seed" {
            guard let probability = Double(words[1]), let seed = UInt64(words[3]) else { return nil }
            self = .chance(probability, seed: seed)
            return
        }
        guard words.count >= 2, let number = words.last?.number else { return nil }
        let name = words.dropLast().joined(separator: " ")
        if name == "APDU" {
            self = .command(number)
        } else if name == "write" {
            self = .write(number)
        } else if let (instruction, _) = Self.names.first(where: { $0.1 == name }) {
            self = .instruction(instruction, number)
        } else {
            guard words.count == 3, words[0] == "INS", words[1].count == 2, words[1].allSatisfy(\.isHexDigit),
                let instruction = UInt8(words[1], radix: 16)
            else { return nil }
            self = .instruction(instruction, number)
        }
    }

    /// `APDU 3`, `VERIFY 1`, `INS CB 2`, `write 1`, `chance 0.05 seed 7`.
    public var description: String {
        switch self {
        case .command(let number): "APDU \(number)"
        case .instruction(let instruction, let number):
            "\(Self.names.first { $0.0 == instruction }?.1 ?? "INS \([instruction].hexadecimal)") \(number)"
        case .write(let number): "write \(number)"
        case .chance(let probability, let seed): "chance \(probability) seed \(seed)"
        }
    }
}

extension Substring {
    /// Its value when it is digits and nothing else.
    fileprivate var number: Int? { allSatisfy { ("0"..."9").contains($0) } ? Int(self) : nil }
}
