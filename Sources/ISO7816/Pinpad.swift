/// A reader's own keys: a PIN entered there never passes through this machine.
///
/// A feature of the ``CardChannel``, not a person: the person is only told to look at the reader.
public protocol Pinpad: Sendable {
    /// Has the person enter a PIN on the reader, which puts it into `block` and sends it to the card, once.
    ///
    /// - Returns: the card's own status word.
    /// - Throws: ``CardError``: ``CardError/Code/pinEntryTimedOut``, ``CardError/Code/pinEntryCancelled``,
    ///   ``CardError/Code/unsuitablePIN`` (nothing was sent to the card), and those of the channel.
    func verify(_ block: PINBlock) async throws(CardError) -> StatusWord

    /// Has the person enter the present PIN (or PUK), the new one, and the new one again.
    ///
    /// - Returns: the card's own status word.
    /// - Throws: as ``verify(_:)``, and ``CardError/Code/newPINsDiffer``.
    func change(_ block: PINBlock, new: PINBlock) async throws(CardError) -> StatusWord
}

/// A command whose data field is a PIN that somebody else fills in; PC/SC part 10, 2.6, and ISO/IEC 7816-4, 11.5.6.
public struct PINBlock: Hashable, Sendable {
    /// CLA, INS, P1 and P2.
    public let header: [UInt8]
    /// How many characters a PIN may have.
    public let lengths: ClosedRange<Int>
    /// The byte that fills a short PIN up; `nil` where it travels as long as it is.
    public let padding: UInt8?
    /// The number of bytes that travel, padding included; without padding it means nothing.
    public let paddedLength: Int

    /// A block for PINs in ASCII.
    public init(header: [UInt8], lengths: ClosedRange<Int>, padding: UInt8? = nil, paddedLength: Int = 0) {
        self.header = header
        self.lengths = lengths
        self.padding = padding
        self.paddedLength = paddedLength
    }
}
