/// What a PIN of a card may be, and how it travels in VERIFY; ISO/IEC 7816-4, 11.5.6.
public struct PINRules: Hashable, Sendable {
    /// The characters that a PIN may have.
    public enum Alphabet: Hashable, Sendable {
        /// ASCII `0` to `9`.
        case digits
        /// Any bytes.
        case any
        /// Hexadecimal digits, of which two make one byte that travels.
        case hexadecimal
    }

    /// The filling behind a short PIN.
    public struct Padding: Hashable, Sendable {
        /// The byte that fills.
        public let byte: UInt8
        /// The number of bytes that travel, padding included.
        public let length: Int

        /// Filling with `byte` up to `length` bytes.
        public init(byte: UInt8, length: Int) {
            self.byte = byte
            self.length = length
        }
    }

    /// The key reference in P2 of VERIFY.
    public let reference: UInt8
    /// How many characters a PIN may have, padding not counted.
    public let lengths: ClosedRange<Int>
    /// Which characters it may have.
    public let alphabet: Alphabet
    /// How it is filled up; `nil` where it travels as long as it is.
    public let padding: Padding?

    /// The rules of one PIN.
    public init(reference: UInt8, lengths: ClosedRange<Int>, alphabet: Alphabet, padding: Padding?) {
        self.reference = reference
        self.lengths = lengths
        self.alphabet = alphabet
        self.padding = padding
    }
}

extension PINRules {
    /// The PIV card application PIN; NIST SP 800-73-4, part 2, 2.4.3.
    public static let piv = PINRules(reference: 0x80, lengths: 6...8, alphabet: .digits, padding: Padding(byte: 0xFF, length: 8))

    /// The global PIN, for which the same holds; NIST SP 800-73-4, part 2, 2.4.3.
    public static let pivGlobal = PINRules(reference: 0x00, lengths: 6...8, alphabet: .digits, padding: Padding(byte: 0xFF, length: 8))

    /// The PIN unblocking key, which may be any eight bytes; NIST SP 800-73-4, part 2, 2.4.3.
    public static let pivUnblocking = PINRules(reference: 0x81, lengths: 8...8, alphabet: .any, padding: nil)
}
