extension CommandAPDU {
    /// A command as it has to be handed to a reader whose protocol is T=0; ISO/IEC 7816-3, 12.2.
    ///
    /// T=0 has one length byte (P3), so a command carries data or asks for data, never both: without data and Le (case 1)
    /// P3 is `00`; with both (case 4) Le is left out, and the answer is fetched with GET RESPONSE after `61xx`, as
    /// ``Exchange`` does. Cases 2 and 3, extended commands, which T=0 cannot say, and bytes that are no command stay as they
    /// are: card and reader judge them.
    ///
    /// - Parameter bytes: a command as ``encoded(_:)`` writes it.
    public static func overT0(_ bytes: [UInt8]) -> [UInt8] {
        guard form(of: bytes) == .short, let command = try? CommandAPDU(parsing: bytes) else { return bytes }
        switch (command.data.isEmpty, command.expectedLength) {
        case (true, nil): return bytes + [0x00]
        case (false, .some): return bytes.dropLast()
        default: return bytes
        }
    }
}
