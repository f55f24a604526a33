/// What a reader tells of itself, `nil` where it does not; PC/SC part 10, 2.6.14.
public struct ReaderProperties: Hashable, Sendable {
    /// A display's lines in the upper byte, its columns in the lower one; 0 without a display (wLcdLayout, tag 01).
    public var displayLayout: UInt16?
    /// What may end a PIN: its length (bit 0), the OK key (bit 1), time (bit 2) (bEntryValidationCondition, tag 02).
    public var entryValidation: UInt8?
    /// Whether the time after the first key is another one (bTimeOut2, tag 03).
    public var secondTimeout: UInt8?
    /// The shortest PIN that its keys take (bMinPINSize, tag 06).
    public var minimumPIN: UInt8?
    /// The longest PIN that its keys take (bMaxPINSize, tag 07).
    public var maximumPIN: UInt8?
    /// The firmware's name, printable characters only (sFirmwareID, tag 08).
    public var firmware: String?
    /// How it takes commands for itself (bPPDUSupport, tag 09).
    public var pseudoCommands: UInt8?
    /// The most bytes of data in one command; up to 256 it passes short commands only (dwMaxAPDUDataSize, tag 0A).
    public var maximumData: UInt32?
    /// The USB vendor's number (wIdVendor, tag 0B).
    public var vendorID: UInt16?
    /// The USB product's number (wIdProduct, tag 0C).
    public var productID: UInt16?

    /// A reader that tells nothing.
    public init() {}
}

extension ReaderProperties {
    /// Reads the answer to `FEATURE_GET_TLV_PROPERTIES`: tag, length, value with its lowest byte first.
    ///
    /// A tag or a length that nobody knows is passed over; a list that ends in the middle tells nothing at all.
    init(parsing bytes: [UInt8]) {
        self.init()
        var properties = ReaderProperties()
        var rest = bytes[...]
        while let tag = rest.popFirst() {
            guard let length = rest.popFirst(), rest.count >= length else { return }
            properties.take(tag, Array(rest.prefix(Int(length))))
            rest = rest.dropFirst(Int(length))
        }
        self = properties
    }

    /// Reads the answer to `FEATURE_IFD_PIN_PROPERTIES`: wLcdLayout, bEntryValidationCondition, bTimeOut2; 2.6.3.
    init(parsingPINProperties bytes: [UInt8]) {
        self.init()
        guard bytes.count == 4 else { return }
        displayLayout = UInt16(bytes[0]) | UInt16(bytes[1]) << 8
        entryValidation = bytes[2]
        secondTimeout = bytes[3]
    }

    private mutating func take(_ tag: UInt8, _ value: [UInt8]) {
        let number = value.count <= 4 ? value.reversed().reduce(0 as UInt32) { $0 << 8 | UInt32($1) } : 0
        switch (tag, value.count) {
        case (0x01, 2): displayLayout = UInt16(truncatingIfNeeded: number)
        case (0x02, 1): entryValidation = UInt8(truncatingIfNeeded: number)
        case (0x03, 1): secondTimeout = UInt8(truncatingIfNeeded: number)
        case (0x06, 1): minimumPIN = UInt8(truncatingIfNeeded: number)
        case (0x07, 1): maximumPIN = UInt8(truncatingIfNeeded: number)
        case (0x08, _): firmware = String(printable: value)
        case (0x09, 1): pseudoCommands = UInt8(truncatingIfNeeded: number)
        case (0x0A, 4): maximumData = number
        case (0x0B, 2): vendorID = UInt16(truncatingIfNeeded: number)
        case (0x0C, 2): productID = UInt16(truncatingIfNeeded: number)
        default: break
        }
    }

    /// Whether the reader has a display of its own.
    public var hasDisplay: Bool { (displayLayout ?? 0) != 0 }

    /// Whether commands with lengths of two bytes pass: nothing speaks against it unless the reader says so.
    ///
    /// Libccid says 65,536 for readers that pass them and 0 for the others; less than a whole extended command counts as no.
    public var passesExtendedLength: Bool { maximumData.map { $0 >= 0xFFFF } ?? true }

    /// Whether a PIN of any length is to be asked for without an Lc, which this reader adds by itself: the SPRx32 of SCM,
    /// for which libccid switches its padding off only so.
    var addsLc: Bool { vendorID == 0x04E6 && productID == 0xE003 }
}

extension String {
    /// The printable ASCII characters of `bytes`; `nil` when there are none.
    init?(printable bytes: [UInt8]) {
        let printable = bytes.filter { (0x20...0x7E).contains($0) }
        guard !printable.isEmpty else { return nil }
        self.init(decoding: printable, as: UTF8.self)
    }
}
