/// What a card answered: data, and the status word that ends it; ISO/IEC 7816-4, 5.1.
public struct ResponseAPDU: Hashable, Sendable {
    /// The data field, possibly empty.
    public var data: [UInt8]
    /// SW1 and SW2.
    public var status: StatusWord

    /// An answer.
    public init(data: [UInt8] = [], status: StatusWord) {
        self.data = data
        self.status = status
    }

    /// Reads an answer as it came off the wire.
    ///
    /// - Throws: ``APDUError/malformed`` when there are fewer than two bytes, which readers do deliver, or when the last two
    ///   are no status word: SW1 is 6x, but not 60, or 9x (ISO/IEC 7816-4, 5.6). A card that refuses says so in one.
    public init(parsing bytes: [UInt8]) throws(APDUError) {
        guard bytes.count >= 2 else { throw .malformed }
        let status = StatusWord(bytes[bytes.count - 2], bytes[bytes.count - 1])
        guard (0x61...0x6F).contains(status.sw1) || (0x90...0x9F).contains(status.sw1) else { throw .malformed }
        self.init(data: Array(bytes.dropLast(2)), status: status)
    }

    /// The answer as it travels.
    public var encoded: [UInt8] { data + status.bytes }
}
