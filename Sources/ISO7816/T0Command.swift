extension CommandAPDU {
    /// A command as it has to be handed to a reader whose protocol is T=0; ISO/IEC 7816-3, 12.2.
    ///
    /// T=0 has one length byte (P3), so a command carries data or asks for data, never both: without data and Le (case 1)
    /// P3 is `00`; with both (case 4) Le is left out, and the answer is fetched with GET RESPONSE after `61xx`, as
    /// ``Exchange`` does. An extended command whose data fit goes short, and asks for what one answer can hold. Cases 2 and 3,
    /// and bytes that are no command, stay as they are: card and reader judge them.
    ///
    /// - Parameter bytes: a command as ``encoded(_:)`` writes it.
    /// - Throws: ``APDUError/tooLong`` for an extended command with more than 255 bytes of data: T=0 cannot say it, and who
    ///   chains is ``Exchange``.
    public static func overT0(_ bytes: [UInt8]) throws(APDUError) -> [UInt8] {
        guard var command = try? CommandAPDU(parsing: bytes) else { return bytes }
        command.expectedLength = command.expectedLength.map { min($0, Form.short.maximumExpected) }
        let short = try command.encoded(.short)
        switch (command.data.isEmpty, command.expectedLength) {
        case (true, nil): return short + [0x00]
        case (false, .some): return short.dropLast()
        default: return short
        }
    }
}
