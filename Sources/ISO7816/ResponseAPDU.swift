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
    /// - Throws: ``APDUError/malformed`` when there are fewer than two bytes, which readers do deliver.
    public init(parsing bytes: [UInt8]) throws(APDUError) {
        guard bytes.count >= 2 else { throw .malformed }
        self.init(data: Array(bytes.dropLast(2)), status: StatusWord(bytes[bytes.count - 2], bytes[bytes.count - 1]))
    }

    /// The answer as it travels.
    public var encoded: [UInt8] { data + status.bytes }
}
