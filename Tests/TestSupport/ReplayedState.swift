import ISO7816

/// What a card remembers between commands, as far as its answers depend on it; kept alike while recording and replaying.
struct ReplayedState: Hashable {
    /// The application, or the absolute path of the file, that is selected; empty after a reset.
    var selected = ""
    /// Whether the right PIN was seen.
    var isVerified = false
    /// Whether that was the command before.
    var isFresh = false
    /// Wrong PINs since the last right one.
    var failures = 0
    /// The data of the last successful MANAGE SECURITY ENVIRONMENT; empty when there was none, or a signature was refused.
    var environment = ""
    /// Which of several data objects SELECT DATA chose; 0 in the beginning.
    var occurrence: UInt8 = 0

    /// Takes note of an exchange.
    mutating func update(_ bytes: [UInt8], _ answer: [UInt8]) {
        guard let command = try? CommandAPDU(parsing: bytes), let status = try? ResponseAPDU(parsing: answer).status else { return }
        let succeeded = status == .success || StatusWord.moreData ~= status
        if command.isChained, succeeded { return }
        isFresh = false
        switch command.instruction {
        case 0xA4 where succeeded:
            selected = Self.name(of: command)
            occurrence = 0
        case 0xA5 where succeeded: occurrence = command.p1
        case 0x20 where !command.data.isEmpty:
            isVerified = succeeded
            isFresh = succeeded
            failures = succeeded ? 0 : failures + 1
        case 0x24: failures = succeeded ? 0 : failures + 1
        case 0x22 where succeeded: environment = command.data.hexadecimal
        case 0x2A where !succeeded: environment = ""
        default: break
        }
    }

    /// Whether an answer that was recorded in `other` can be given now.
    func admits(_ other: ReplayedState, for command: [UInt8]) -> Bool {
        switch command.count > 1 ? command[1] : 0 {
        case 0x2A, 0x68, 0x87, 0x88: isVerified == other.isVerified
        case 0xCA: occurrence == other.occurrence
        case 0xB0: selected == other.selected
        default: true
        }
    }

    /// How much of `other` is the same, the more telling parts counting more.
    func likeness(to other: ReplayedState) -> Int {
        let same = [
            isFresh == other.isFresh, environment == other.environment, selected == other.selected,
            selected.isEmpty == other.selected.isEmpty, isVerified == other.isVerified, failures == other.failures,
        ]
        return same.enumerated().reduce(0) { $0 + ($1.element ? 1 << $1.offset : 0) }
    }

    /// The absolute path that a SELECT from the master file names, or what else it has in its data field.
    static func name(of command: CommandAPDU) -> String {
        let data = command.data.hexadecimal.lowercased()
        guard command.p1 == 0x08 else { return command.p1 == 0x04 ? "application " + data : data }
        return data.hasPrefix("3f00") ? data : "3f00" + data
    }
}
