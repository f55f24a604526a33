/// A command that takes its time, as key generation and signatures do on a real card: `87:2.5`.
///
/// For what must happen meanwhile: a deadline, a reader that is unplugged.
public struct SlowCommand: Hashable, Sendable {
    /// The instruction byte (INS) of the commands that are slow.
    public let instruction: UInt8
    /// How long each takes, in milliseconds: up to ten minutes.
    public let milliseconds: Int32

    /// `nil` for a time that is negative or longer than ten minutes.
    public init?(instruction: UInt8, milliseconds: Int32) {
        guard (0...600_000).contains(milliseconds) else { return nil }
        self.instruction = instruction
        self.milliseconds = milliseconds
    }

    /// How long `command` takes; the parts of a chain (ISO/IEC 7816-4, 5.3.3) before its last one take no time.
    func milliseconds(for command: [UInt8]) -> Int32 {
        command.count >= 4 && command[1] == instruction && command[0] & 0x10 == 0 ? milliseconds : 0
    }
}

extension SlowCommand: LosslessStringConvertible {
    /// Reads `INS:SECONDS`: two hexadecimal digits, and a number with at most three decimals that matter.
    public init?(_ description: String) {
        let parts = description.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].count == 2, parts[0].allSatisfy(\.isHexDigit), let instruction = UInt8(parts[0], radix: 16),
            let seconds = Double(parts[1]),
            let milliseconds = Int32(exactly: (seconds * 1000).rounded())
        else { return nil }
        self.init(instruction: instruction, milliseconds: milliseconds)
    }

    /// As ``init(_:)`` reads it.
    public var description: String {
        let digits = String(instruction, radix: 16, uppercase: true)
        return "\(digits.count == 1 ? "0" : "")\(digits):\(Double(milliseconds) / 1000)"
    }
}
