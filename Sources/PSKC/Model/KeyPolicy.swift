public import Foundation

/// What a key may be used for, and when (RFC 6030, section 5).
public struct KeyPolicy: Sendable, Equatable {
    /// A use that a key may have (RFC 6030, 5).
    public enum Usage: String, Sendable, CaseIterable {
        /// One-time passwords.
        case otp = "OTP"
        /// Challenge and response.
        case challengeResponse = "CR"
        /// Encryption of data.
        case encrypt = "Encrypt"
        /// MACs.
        case integrity = "Integrity"
        /// Verification of MACs.
        case verify = "Verify"
        /// Unlocking of a device.
        case unlock = "Unlock"
        /// Decryption of data.
        case decrypt = "Decrypt"
        /// Encryption of keys.
        case keyWrap = "KeyWrap"
        /// Decryption of keys.
        case unwrap = "Unwrap"
        /// Derivation of keys.
        case derive = "Derive"
        /// Generation of random numbers or keys.
        case generate = "Generate"
    }

    /// From when on the key may be used.
    public var startDate: Date?
    /// Until when.
    public var expiryDate: Date?
    /// What holds of its PIN.
    public var pin: PINPolicy?
    /// What it may be used for; everything when there is none.
    public var usages: [Usage] = []
    /// How often it may be used.
    public var numberOfTransactions: UInt64?
    /// The rules that were there and that nobody here understands: then no use is allowed (RFC 6030, 5).
    public internal(set) var unknownRules: [String] = []

    /// A policy that allows everything.
    public init() {}

    /// Whether the key may be used so at `date`, as far as dates and uses go; whoever uses it counts transactions and checks the PIN.
    public func allows(_ usage: Usage, at date: Date) -> Bool {
        guard unknownRules.isEmpty else { return false }
        if let startDate, date < startDate { return false }
        if let expiryDate, date >= expiryDate { return false }
        return usages.isEmpty || usages.contains(usage)
    }
}

/// What holds of the PIN of a key (RFC 6030, 5).
public struct PINPolicy: Sendable, Equatable {
    /// Where the PIN is checked.
    public enum UsageMode: String, Sendable, CaseIterable {
        /// On the device.
        case local = "Local"
        /// It stands before the code.
        case prepend = "Prepend"
        /// It stands behind the code.
        case append = "Append"
        /// It goes into the code.
        case algorithmic = "Algorithmic"
    }

    /// The ``PSKCKey/id`` of the key that is the PIN.
    public var keyID: String?
    /// Where it is checked.
    public var usageMode: UsageMode?
    /// How many wrong ones block the device.
    public var maximumFailedAttempts: UInt32?
    /// From how many characters on.
    public var minimumLength: UInt32?
    /// Up to how many.
    public var maximumLength: UInt32?
    /// How it is written.
    public var encoding: ValueFormat?

    /// A policy without rules.
    public init() {}
}
