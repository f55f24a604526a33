/// Where a family keeps its PKCS#15 files, so that the object directory need not be read to find them; ISO/IEC 7816-15, 7.
///
/// A guess to begin with: where a file is not there, or is not what it should be, the card's own object directory decides.
public struct FileStructure: Hashable, Sendable {
    /// The identifiers, from the master file down, of the directory (DF) that the application has its files in.
    public let directory: [UInt8]
    /// What the card's TokenInfo calls it; `nil` where each card has its own name.
    public let label: String?
    /// The identifier of the file of private keys (PrKDF), within ``directory``; `nil` where it is not known.
    public let privateKeys: [UInt8]?
    /// The identifier of the file of certificates (CDF), within ``directory``; `nil` where it is not known.
    public let certificates: [UInt8]?
    /// The identifier of the file of PINs (AODF), within ``directory``; `nil` where it is not known.
    public let pins: [UInt8]?
    /// The identifier of the file of public keys (PuKDF), within ``directory``; `nil` where it is not known.
    public let publicKeys: [UInt8]?
    /// Where the keys' certificates are, so that for one signature neither PrKDF nor CDF is read; empty where it is not known.
    public let keys: [KeyPlace]
    /// What the PrKDF calls the profile's PIN (`authId`); `nil` where the family has one PIN, whatever it is called.
    public let pinIdentifier: [UInt8]?
    /// Whether the files can be selected right after power-on, because the card has no other application.
    public let isWholeCard: Bool

    /// A structure.
    public init(
        directory: [UInt8], label: String? = nil, privateKeys: [UInt8]? = nil, certificates: [UInt8]? = nil, pins: [UInt8]? = nil,
        publicKeys: [UInt8]? = nil, keys: [KeyPlace] = [], pinIdentifier: [UInt8]? = nil, isWholeCard: Bool = false
    ) {
        self.directory = directory
        self.label = label
        self.privateKeys = privateKeys
        self.certificates = certificates
        self.pins = pins
        self.publicKeys = publicKeys
        self.keys = keys
        self.pinIdentifier = pinIdentifier
        self.isWholeCard = isWholeCard
    }
}
