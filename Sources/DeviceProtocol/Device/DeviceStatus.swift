/// What a device can tell of itself without being asked for an answer.
public struct DeviceStatus: Hashable, Sendable {
    /// What a PIN of it may be.
    public struct PINForm: Hashable, Sendable, Codable {
        /// What it consists of.
        public enum Alphabet: String, Sendable, Codable, CaseIterable {
            /// 0 to 9.
            case digits
            /// Any character of one byte that can be typed.
            case characters
        }

        /// What it consists of.
        public let alphabet: Alphabet
        /// The fewest characters.
        public let minLength: Int
        /// The most characters.
        public let maxLength: Int

        /// A form.
        public init(alphabet: Alphabet, minLength: Int, maxLength: Int) {
            self.alphabet = alphabet
            self.minLength = minLength
            self.maxLength = maxLength
        }
    }

    /// The PIN tries left, where the device tells.
    public let triesLeft: Int?
    /// What a PIN of it may be; `nil` where there is none.
    public let pin: PINForm?
    /// Whose it is by its own certificate: the common name, or `nil` where it names nobody.
    public let holder: String?

    /// A status.
    public init(triesLeft: Int? = nil, pin: PINForm? = nil, holder: String? = nil) {
        self.triesLeft = triesLeft
        self.pin = pin
        self.holder = holder
    }
}

/// A device that can tell more of itself than what it is.
public protocol StatusDevice: Device {
    /// Asks the device; costs no PIN try.
    ///
    /// - Throws: ``DeviceError`` when it is gone or held.
    func status() async throws(DeviceError) -> DeviceStatus
}
