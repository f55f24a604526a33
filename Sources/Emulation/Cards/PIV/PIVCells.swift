internal import ISO7816

/// The names under which a PIV card keeps things in its ``CardMemory``.
enum PIVCells {
    /// The PIN.
    static let pin = "PIV PIN"
    /// The PUK.
    static let puk = "PIV PUK"
    /// The management key: algorithm, touch policy, key.
    ///
    /// Without it nobody manages the card.
    static let managementKey = "PIV management key"
    /// Whose extensions the card has, in UTF-8.
    static let extensions = "PIV extensions"
    /// The serial number that goes with the extensions: four bytes.
    static let serialNumber = "PIV serial number"

    /// The private key with this reference.
    static func key(_ reference: UInt8) -> String { "\(keys) \([reference].hexadecimal)" }
    /// What ``PIVKeyPolicy`` says of this key: three bytes.
    static func policy(_ reference: UInt8) -> String { "\(policies) \([reference].hexadecimal)" }
    /// The data object with this tag as GET DATA returns it, wrapping included.
    static func object(_ tag: UInt32) -> String { "\(objects) \(String(tag, radix: 16, uppercase: true))" }

    /// Whether the cell has a key, what goes with a key, or a data object other than the discovery object, which tells of
    /// the application and not of its owner.
    static func isOwners(_ name: String) -> Bool {
        guard name != object(0x7E) else { return false }
        return [keys, policies, objects].contains { name.hasPrefix("\($0) ") }
    }

    private static let keys = "PIV key"
    private static let policies = "PIV policy"
    private static let objects = "PIV object"
}
