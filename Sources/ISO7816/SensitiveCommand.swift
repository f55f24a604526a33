public import Secrets

/// A command whose data nobody may see: VERIFY, CHANGE REFERENCE DATA, RESET RETRY COUNTER.
///
/// It is consumed by the one channel that sends it, cannot be repeated, and cannot be interpolated or logged:
/// `CustomStringConvertible` needs `Copyable`. What a trace may show is ``header``.
public struct SensitiveCommand: ~Copyable, Sendable {
    /// CLA, INS, P1 and P2: what a trace may show.
    public let header: [UInt8]
    private let frame: SecretBytes

    private init(header: [UInt8], frame: consuming SecretBytes) {
        self.header = header
        self.frame = frame
    }

    /// Writes a short command around `body`, on a locked page.
    ///
    /// - Parameter body: the data field, 1 to 255 bytes, padded as the card wants it.
    /// - Throws: ``APDUError/tooLong`` for an empty or longer body; ``APDUError/malformed`` when memory is refused.
    public static func making(
        instructionClass: UInt8 = 0, instruction: UInt8, p1: UInt8 = 0, p2: UInt8, body: consuming SecretBytes
    ) throws(APDUError) -> SensitiveCommand {
        guard (1...255).contains(body.count) else { throw .tooLong }
        let header = [instructionClass, instruction, p1, p2]
        do {
            var frame = try SecretBytes.copying(header + [UInt8(body.count)])
            try frame.append(body)
            return SensitiveCommand(header: header, frame: frame)
        } catch {
            throw .malformed
        }
    }

    /// The whole command as it travels, for the channel that sends it.
    public consuming func takeFrame() -> SecretBytes { frame }
}
